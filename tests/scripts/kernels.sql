# Golden kernels: each query with the text of its kernels, over tables of a few rows.
CREATE TABLE sales (id INTEGER NOT NULL, shop INTEGER NOT NULL, day DATE NOT NULL, amount DECIMAL(10,2), note TEXT, weight DOUBLE)

CREATE TABLE shops (shop INTEGER NOT NULL, region TEXT NOT NULL, size BIGINT)

INSERT INTO sales VALUES (1, 1, DATE '2020-01-01', 10.25, 'a', 0.5), (2, 1, DATE '2020-01-02', 20, NULL, -1.25), (3, 2, DATE '2020-01-02', 5.5, 'bc', NULL), (4, 3, DATE '2020-01-03', NULL, 'ab', 2), (5, 2, DATE '2020-02-01', 7, 'a', 0)

INSERT INTO shops VALUES (1, 'north', 10), (2, 'south', NULL), (4, 'north', 9000000000)

EXPLAIN CODE SELECT count(*) FROM sales WHERE day < DATE '2020-01-03'
----
# pipeline 0: sales -> Group
def rows(first, end, step, errors, day_codes, day_base, day_null_code, number, states, float_states):
    rows = 0
    for row in range(first, end, step):
        day = frame_at(day_codes, day_base, day_null_code, row)
        if not (day < number):
            continue
        rows = rows + 1
    add(states, 0, rows)
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

SELECT count(*) FROM sales WHERE day < DATE '2020-01-03'
----
3

EXPLAIN CODE SELECT count(*), sum(amount) FROM sales WHERE shop <> 3 AND day BETWEEN DATE '2020-01-01' AND DATE '2020-01-02'
----
# pipeline 0: sales -> Group
def rows(first, end, step, errors, keep, flags, selected, day_codes, day_limits, shop_codes, shop_limits, amount_codes, amount_null_code, states, float_states):
    rows = 0
    state_1 = 0
    state_2 = 0
    block = first
    while block < end:
        block_end = min(block + 2048, end)
        start = max(0, min(block, end - 2048))
        for place in range(0, 2048):
            row = start + place
            keep[place] = int((day_codes[row] >= day_limits[0] and day_codes[row] <= day_limits[1]) and ((shop_codes[row] < shop_limits[0] or shop_codes[row] > shop_limits[1])))
        for place in range(block - start, block_end - start):
            row = start + place
            amount_null = plain_is_null_at(amount_codes, amount_null_code, row)
            amount = plain_at(amount_codes, amount_null_code, row)
            rows = (rows + 1 if keep[place] != 0 else rows)
            state_1 = (state_1 + 1 if keep[place] != 0 and not amount_null else state_1)
            state_2 = (state_2 + amount if keep[place] != 0 and not amount_null else state_2)
        block = block_end
    add(states, 0, rows)
    add(states, 1, state_1)
    add(states, 2, state_2)
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

SELECT count(*), sum(amount) FROM sales WHERE shop <> 3 AND day BETWEEN DATE '2020-01-01' AND DATE '2020-01-02'
----
3	35.75

EXPLAIN CODE SELECT sum(amount), min(weight), max(id) FROM sales WHERE amount > 5 AND weight < 1
----
# pipeline 0: sales -> Group
def rows(first, end, step, errors, amount_codes, amount_null_code, number, weight_codes, weight_base, weight_divisor, weight_null_code, number2, id_codes, id_null_code, states, float_states, not_a_number):
    rows = 0
    state_1 = 0
    state_2 = 0
    state_3 = 0
    state_4 = not_a_number
    state_5 = -9223372036854775807 - 1
    for row in range(first, end, step):
        amount_null = plain_is_null_at(amount_codes, amount_null_code, row)
        amount = plain_at(amount_codes, amount_null_code, row)
        weight_null = scaled_is_null_at(weight_codes, weight_base, weight_divisor, weight_null_code, row)
        weight = scaled_at(weight_codes, weight_base, weight_divisor, weight_null_code, row)
        if not (((amount > number) and not amount_null) and ((weight < number2 or (isnan(number2) and not isnan(weight))) and not weight_null)):
            continue
        id = plain_at(id_codes, id_null_code, row)
        rows = rows + 1
        state_1 = (state_1 if amount_null else state_1 + 1)
        state_2 = (state_2 if amount_null else state_2 + amount)
        state_3 = (state_3 if weight_null else state_3 + 1)
        state_4 = (state_4 if weight_null else (weight if weight < state_4 or isnan(state_4) else state_4))
        state_5 = max(state_5, id)
    add(states, 0, rows)
    add(states, 1, state_1)
    add(states, 2, state_2)
    add(states, 3, state_3)
    lowest_float(float_states, 4, state_4)
    highest(states, 5, state_5)
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

SELECT sum(amount), min(weight), max(id) FROM sales WHERE amount > 5 AND weight < 1
----
37.25	-1.25	5

EXPLAIN CODE SELECT id, amount * 2, weight / 2 FROM sales WHERE note LIKE 'a%'
----
# pipeline 0: sales -> Collect
def rows(first, end, step, errors, counts, capacity, note_codes, note_null_code, matches, id_codes, id_null_code, amount_codes, amount_null_code, number, weight_codes, weight_base, weight_divisor, weight_null_code, number2, out_0, out_1, out_1_null, out_2, out_2_null):
    count = counts[0]
    for row in range(first, end, step):
        note_null = plain_is_null_at(note_codes, note_null_code, row)
        note = plain_at(note_codes, note_null_code, row)
        matches2 = 0
        if not note_null:
            matches2 = matches[note]
        if not ((matches2 != 0) and not note_null):
            continue
        if count + 1 > capacity:
            counts[0] = count
            return row
        id = plain_at(id_codes, id_null_code, row)
        amount_null = plain_is_null_at(amount_codes, amount_null_code, row)
        amount = plain_at(amount_codes, amount_null_code, row)
        weight_null = scaled_is_null_at(weight_codes, weight_base, weight_divisor, weight_null_code, row)
        weight = scaled_at(weight_codes, weight_base, weight_divisor, weight_null_code, row)
        if (number2 == 0.0 and not weight_null):
            return fail(errors, 1, 0, 0)
        out_0[count] = id
        out_1[count] = (amount * number)
        out_1_null[count] = int(amount_null)
        out_2[count] = (weight / number2)
        out_2_null[count] = int(weight_null)
        count += 1
    counts[0] = count
    return end

SELECT id, amount * 2, weight / 2 FROM sales WHERE note LIKE 'a%'
----
1	20.50	0.25
4	NULL	1.0
5	14.00	0.0

EXPLAIN CODE SELECT id FROM sales WHERE shop <> 3 AND 10 / (shop - 3) < -5
----
# pipeline 0: sales -> Collect
def rows(first, end, step, errors, counts, capacity, keep, flags, selected, shop_codes, shop_limits, number, shop_null_code, number2, number3, id_codes, id_null_code, out_0):
    count = counts[0]
    block = first
    while block < end:
        block_end = min(block + 2048, end)
        start = max(0, min(block, end - 2048))
        for place in range(0, 2048):
            row = start + place
            keep[place] = int(((shop_codes[row] < shop_limits[0] or shop_codes[row] > shop_limits[1])))
        kept = list_kept(keep, block - start, block_end - start, selected)
        for place in range(0, kept):
            row = start + selected[place]
            shop = plain_at(shop_codes, shop_null_code, row)
            divisor = (shop - number2)
            if divisor == 0:
                return fail(errors, 1, 0, 0)
            if not (quotient(number, divisor) < number3):
                continue
            if count + 1 > capacity:
                counts[0] = count
                return row
            id = plain_at(id_codes, id_null_code, row)
            out_0[count] = id
            count += 1
        block = block_end
    counts[0] = count
    return end

SELECT id FROM sales WHERE shop <> 3 AND 10 / (shop - 3) < -5
----
3
5

EXPLAIN CODE SELECT id, CASE WHEN amount > 8 THEN note ELSE 'small' END FROM sales
----
# pipeline 0: sales -> Collect
def rows(first, end, step, errors, counts, capacity, id_codes, id_null_code, amount_codes, amount_null_code, number, note_codes, note_null_code, code, code3, out_0, out_1, out_1_null):
    count = counts[0]
    for row in range(first, end, step):
        if count + 1 > capacity:
            counts[0] = count
            return row
        id = plain_at(id_codes, id_null_code, row)
        choice = 0
        choice_null = False
        amount_null = plain_is_null_at(amount_codes, amount_null_code, row)
        amount = plain_at(amount_codes, amount_null_code, row)
        if ((amount > number) and not amount_null):
            note_null = plain_is_null_at(note_codes, note_null_code, row)
            note = plain_at(note_codes, note_null_code, row)
            code2 = 0
            if not note_null:
                code2 = code[note]
            choice = code2
            choice_null = note_null
        else:
            choice = code3
        out_0[count] = id
        out_1[count] = choice
        out_1_null[count] = int(choice_null)
        count += 1
    counts[0] = count
    return end

SELECT id, CASE WHEN amount > 8 THEN note ELSE 'small' END FROM sales
----
1	a
2	NULL
3	small
4	small
5	small

EXPLAIN CODE SELECT shop, count(*), sum(amount), avg(weight) FROM sales GROUP BY shop ORDER BY shop
----
# pipeline 0: sales -> Group
def rows(first, end, step, errors, shop_codes, shop_null_code, states, float_states, shop_least, amount_codes, amount_null_code, weight_codes, weight_base, weight_divisor, weight_null_code):
    for row in range(first, end, step):
        shop = plain_at(shop_codes, shop_null_code, row)
        group = (shop - shop_least)
        amount_null = plain_is_null_at(amount_codes, amount_null_code, row)
        amount = plain_at(amount_codes, amount_null_code, row)
        weight_null = scaled_is_null_at(weight_codes, weight_base, weight_divisor, weight_null_code, row)
        weight = scaled_at(weight_codes, weight_base, weight_divisor, weight_null_code, row)
        state = group * 5
        add(states, state, 1)
        if not amount_null:
            add(states, state + 1, 1)
            add(states, state + 2, amount)
        if not weight_null:
            add(states, state + 3, 1)
            add(float_states, state + 4, weight)
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

SELECT shop, count(*), sum(amount), avg(weight) FROM sales GROUP BY shop ORDER BY shop
----
1	2	30.25	-0.375
2	2	12.50	0.0
3	1	NULL	2.0

EXPLAIN CODE SELECT weight, count(*) FROM sales GROUP BY weight ORDER BY weight
----
# pipeline 0: sales -> Group
def rows(first, end, step, errors, weight_codes, weight_base, weight_divisor, weight_null_code, states, float_states, used, group_mask, group_room, is_dealing, part_places, part_ends, part_owners):
    for row in range(first, end, step):
        weight_null = scaled_is_null_at(weight_codes, weight_base, weight_divisor, weight_null_code, row)
        weight = scaled_at(weight_codes, weight_base, weight_divisor, weight_null_code, row)
        if used[0] >= group_room:
            return row
        key = (0 if weight_null else float_word(weight))
        key2 = (1 if weight_null else 0)
        code = mix(mix(0 ^ key) ^ key2)
        if is_dealing != 0:
            state = deal_place(logical_shift_right(code, 56), 3, part_places, part_ends, part_owners, used)
            states[state] = 0
            states[state + 1] = key
            states[state + 2] = key2
        else:
            group = code & group_mask
            state = group * 3
            while states[state] != 0 and not (states[state + 1] == key and states[state + 2] == key2):
                group = (group + 1) & group_mask
                state = group * 3
            if states[state] == 0:
                used[0] += 1
                states[state] = 0
                states[state + 1] = key
                states[state + 2] = key2
        add(states, state, 1)
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

SELECT weight, count(*) FROM sales GROUP BY weight ORDER BY weight
----
-1.25	1
0.0	1
0.5	1
2.0	1
NULL	1

EXPLAIN CODE SELECT id, region FROM sales JOIN shops ON sales.shop = shops.shop ORDER BY id
----
# pipeline 0: shops -> Build
def rows(first, end, step, errors, counts, capacity, shop_codes, shop_null_code, region_codes, region_null_code, out_0, out_1):
    count = counts[0]
    for row in range(first, end, step):
        shop = plain_at(shop_codes, shop_null_code, row)
        if count + 1 > capacity:
            counts[0] = count
            return row
        region = plain_at(region_codes, region_null_code, row)
        out_0[count] = region
        out_1[count] = shop
        count += 1
    counts[0] = count
    return end
''
# pipeline 1: sales -> Collect
def rows(first, end, step, errors, counts, capacity, shop_codes, shop_null_code, least, bits, ranks, id_codes, id_null_code, region_values, out_0, out_1):
    count = counts[0]
    for row in range(first, end, step):
        shop = plain_at(shop_codes, shop_null_code, row)
        slot = shop - least
        match = find_rank(bits, ranks, slot)
        if match < 0:
            continue
        if count + 1 > capacity:
            counts[0] = count
            return row
        id = plain_at(id_codes, id_null_code, row)
        region = region_values[match]
        out_0[count] = id
        out_1[count] = region
        count += 1
    counts[0] = count
    return end

SELECT id, region FROM sales JOIN shops ON sales.shop = shops.shop ORDER BY id
----
1	north
2	north
3	south
5	south

EXPLAIN CODE SELECT shops.shop, id, amount FROM shops LEFT JOIN sales ON shops.shop = sales.shop AND amount > 6 ORDER BY 1, 2
----
# pipeline 0: sales -> Build
def rows(first, end, step, errors, counts, capacity, amount_codes, amount_null_code, number, shop_codes, shop_null_code, id_codes, id_null_code, out_0, out_1, out_1_null, out_2):
    count = counts[0]
    for row in range(first, end, step):
        amount_null = plain_is_null_at(amount_codes, amount_null_code, row)
        amount = plain_at(amount_codes, amount_null_code, row)
        if not ((amount > number) and not amount_null):
            continue
        shop = plain_at(shop_codes, shop_null_code, row)
        if count + 1 > capacity:
            counts[0] = count
            return row
        id = plain_at(id_codes, id_null_code, row)
        out_0[count] = id
        out_1[count] = amount
        out_1_null[count] = int(amount_null)
        out_2[count] = shop
        count += 1
    counts[0] = count
    return end
''
# pipeline 1: shops -> Collect
def rows(first, end, step, errors, counts, capacity, fanout, shop_codes, shop_null_code, least, size, bits, ranks, starts, id_values, amount_values, out_0, out_1, out_1_null, out_2, out_2_null):
    count = counts[0]
    for row in range(first, end, step):
        if count + fanout > capacity:
            counts[0] = count
            return row
        shop = plain_at(shop_codes, shop_null_code, row)
        slot = shop - least
        match = -1
        if (slot >= 0 and slot < size):
            match = find_rank(bits, ranks, slot)
        pending = True
        following = 0
        last = 0
        if match >= 0:
            following = starts[match]
            last = starts[match + 1]
        while following < last or pending:
            match2 = -1
            if following < last:
                match2 = following
                following = match2 + 1
            pending = False
            id = 0
            id_null = match2 < 0
            if not id_null:
                id = id_values[match2]
            amount = 0
            amount_null = match2 < 0
            if not amount_null:
                amount = amount_values[match2]
            out_0[count] = shop
            out_1[count] = id
            out_1_null[count] = int(id_null)
            out_2[count] = amount
            out_2_null[count] = int(amount_null)
            count += 1
    counts[0] = count
    return end

SELECT shops.shop, id, amount FROM shops LEFT JOIN sales ON shops.shop = sales.shop AND amount > 6 ORDER BY 1, 2
----
1	1	10.25
1	2	20.00
2	5	7.00
4	NULL	NULL

EXPLAIN CODE SELECT sales.id, shops.shop FROM sales JOIN shops ON sales.id = shops.shop AND sales.weight < shops.size ORDER BY 1
----
# pipeline 0: shops -> Build
def rows(first, end, step, errors, counts, capacity, shop_codes, shop_null_code, size_codes, size_null_code, out_0, out_1, out_1_null, out_2):
    count = counts[0]
    for row in range(first, end, step):
        shop = plain_at(shop_codes, shop_null_code, row)
        if count + 1 > capacity:
            counts[0] = count
            return row
        size_null = plain_is_null_at(size_codes, size_null_code, row)
        size = plain_at(size_codes, size_null_code, row)
        out_0[count] = shop
        out_1[count] = size
        out_1_null[count] = int(size_null)
        out_2[count] = shop
        count += 1
    counts[0] = count
    return end
''
# pipeline 1: sales -> Collect
def rows(first, end, step, errors, counts, capacity, id_codes, id_null_code, least, size, bits, ranks, weight_codes, weight_base, weight_divisor, weight_null_code, size_values, size_nulls, shop_values, out_0, out_1):
    count = counts[0]
    for row in range(first, end, step):
        id = plain_at(id_codes, id_null_code, row)
        slot = id - least
        if not (slot >= 0 and slot < size):
            continue
        match = find_rank(bits, ranks, slot)
        if match < 0:
            continue
        weight_null = scaled_is_null_at(weight_codes, weight_base, weight_divisor, weight_null_code, row)
        weight = scaled_at(weight_codes, weight_base, weight_divisor, weight_null_code, row)
        size_null = (size_nulls[match] != 0)
        size2 = size_values[match]
        if not ((weight < float(size2) or (isnan(float(size2)) and not isnan(weight))) and (not (weight_null or size_null))):
            continue
        if count + 1 > capacity:
            counts[0] = count
            return row
        shop = shop_values[match]
        out_0[count] = id
        out_1[count] = shop
        count += 1
    counts[0] = count
    return end

SELECT sales.id, shops.shop FROM sales JOIN shops ON sales.id = shops.shop AND sales.weight < shops.size ORDER BY 1
----
1	1
4	4

EXPLAIN CODE SELECT region, sum(amount) FROM sales JOIN shops ON sales.shop = shops.shop WHERE extract(month FROM day) = 1 GROUP BY region ORDER BY region
----
# pipeline 0: shops -> Build
def rows(first, end, step, errors, counts, capacity, shop_codes, shop_null_code, region_codes, region_null_code, out_0, out_1):
    count = counts[0]
    for row in range(first, end, step):
        shop = plain_at(shop_codes, shop_null_code, row)
        if count + 1 > capacity:
            counts[0] = count
            return row
        region = plain_at(region_codes, region_null_code, row)
        out_0[count] = region
        out_1[count] = shop
        count += 1
    counts[0] = count
    return end
''
# pipeline 1: sales -> Group
def rows(first, end, step, errors, keep, flags, selected, day_codes, day_base, day_null_code, number, shop_codes, shop_null_code, least, bits, ranks, region_values, states, float_states, amount_codes, amount_null_code):
    block = first
    while block < end:
        block_end = min(block + 2048, end)
        start = max(0, min(block, end - 2048))
        for place in range(0, 2048):
            row = start + place
            day = frame_at(day_codes, day_base, day_null_code, row)
            flags[place] = int((extract_month(day) == number))
        kept = list_kept(flags, block - start, block_end - start, selected)
        for place in range(0, kept):
            row = start + selected[place]
            shop = plain_at(shop_codes, shop_null_code, row)
            slot = shop - least
            match = find_rank(bits, ranks, slot)
            if match < 0:
                continue
            region = region_values[match]
            amount_null = plain_is_null_at(amount_codes, amount_null_code, row)
            amount = plain_at(amount_codes, amount_null_code, row)
            state = region * 3 + (row & 3) * 6
            add(states, state, 1)
            if not amount_null:
                add(states, state + 1, 1)
                add(states, state + 2, amount)
        block = block_end
    return end
''
# pipeline 2: pipeline 1 -> Collect
# no kernel: rows as they are

SELECT region, sum(amount) FROM sales JOIN shops ON sales.shop = shops.shop WHERE extract(month FROM day) = 1 GROUP BY region ORDER BY region
----
north	30.25
south	5.50

EXPLAIN CODE SELECT id FROM sales ORDER BY weight DESC NULLS LAST, id LIMIT 2
----
# pipeline 0: sales -> Collect
def rows(first, end, step, errors, counts, capacity, weight_codes, weight_base, weight_divisor, weight_null_code, threshold, id_codes, id_null_code, out_0, out_1, out_1_null, out_2, out_2_null, out_3):
    count = counts[0]
    for row in range(first, end, step):
        weight_null = scaled_is_null_at(weight_codes, weight_base, weight_divisor, weight_null_code, row)
        weight = scaled_at(weight_codes, weight_base, weight_divisor, weight_null_code, row)
        if (not weight_null and ~(float_order(weight)) > threshold[0]) or (weight_null and threshold[1] != 0):
            continue
        if count + 1 > capacity:
            counts[0] = count
            return row
        id = plain_at(id_codes, id_null_code, row)
        out_0[count] = id
        out_1[count] = weight
        out_1_null[count] = int(weight_null)
        out_2[count] = weight
        out_2_null[count] = int(weight_null)
        out_3[count] = id
        count += 1
    counts[0] = count
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

SELECT id FROM sales ORDER BY weight DESC NULLS LAST, id LIMIT 2
----
4
1

EXPLAIN CODE SELECT sum(amount * amount * amount) FROM sales
----
# pipeline 0: sales -> Group
def rows(first, end, step, errors, amount_codes, amount_null_code, states, float_states):
    rows = 0
    state_1 = 0
    state_2 = 0
    for row in range(first, end, step):
        amount_null = plain_is_null_at(amount_codes, amount_null_code, row)
        amount = plain_at(amount_codes, amount_null_code, row)
        term = ((amount * amount) * amount)
        rows = rows + 1
        state_1 = (state_1 if amount_null else state_1 + 1)
        state_2 = (state_2 if amount_null else state_2 + term)
    add(states, 0, rows)
    add(states, 1, state_1)
    add(states, 2, state_2)
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

SELECT sum(amount * amount * amount) FROM sales
----
9586.265625
