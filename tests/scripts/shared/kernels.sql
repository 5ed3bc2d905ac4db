# The text of kernels for devices whose threads share their memory.
CREATE TABLE sales AS SELECT * FROM (VALUES (1, 'ann', 5, 10000000000), (2, 'bob', NULL, 7), (3, 'ann', 9, NULL), (4, 'cy', -2, 7)) v(id, name, amount, code);

EXPLAIN CODE SELECT id, amount FROM sales WHERE amount > 1
----
# pipeline 0: sales -> Collect
def rows(first, end, step, errors, counts, capacity, source_rows, chunk_row, amount_words, amount_bits, amount_base, amount_null_code, number, id_words, id_bits, id_base, id_null_code, out_0, out_1, out_1_null):
    for row in range(first, end, step):
        amount_null = narrow_bitpack_is_null_at(amount_words, amount_bits, amount_base, amount_null_code, row)
        amount = narrow_bitpack_at(amount_words, amount_bits, amount_base, amount_null_code, row)
        if not ((amount > number) and not amount_null):
            continue
        id = narrow_bitpack_at(id_words, id_bits, id_base, id_null_code, row)
        output = reserve(counts, 0, 1)
        if output < capacity:
            out_0[output] = id
            out_1[output] = amount
            out_1_null[output] = int(amount_null)
            source_rows[output] = chunk_row + row
    return end

EXPLAIN CODE SELECT code, count(*), sum(amount) FROM sales GROUP BY code
----
# pipeline 0: sales -> Group
def open_block(block_states, block_group_keys):
    for group in range(block_thread(), 16, block_threads()):
        place = group * 3
        block_states[place] = 0
        block_states[place + 1] = 0
        block_states[place + 2] = 0
        block_group_keys[group] = -9223372036854775807 - 1
''
def close_block(errors, states, group_keys, group_mask, group_limit, block_states, block_group_keys):
    for group in range(block_thread(), 16, block_threads()):
        place = group * 3
        if block_states[place] != 0:
            rows = block_states[place]
            state_1 = block_states[place + 1]
            state_2 = block_states[place + 2]
            found = find_1_word(group_keys, group_mask, group_limit, block_group_keys[group])
            if found < 0:
                fail(errors, -1, 0, 0)
            else:
                state = found * 3
                add(states, state, rows)
                add(states, state + 1, state_1)
                add(states, state + 2, state_2)
''
def rows(first, end, step, errors, pieces, states, group_keys, float_states, group_mask, group_limit, code_null_code2):
    piece = 0
    while first < end:
        shift = pieces[piece]
        code_words = int64_column(pieces, piece + 2)
        code_bits = pieces[piece + 3]
        code_base = pieces[piece + 4]
        code_null_code = pieces[piece + 5]
        amount_words = uint32_column(pieces, piece + 6)
        amount_bits = pieces[piece + 7]
        amount_base = pieces[piece + 8]
        amount_null_code = pieces[piece + 9]
        for row in range(first + shift, pieces[piece + 1], step):
            first = row - shift + step
            code_null = bitpack_is_null_at(code_words, code_bits, code_base, code_null_code, row)
            code = bitpack_at(code_words, code_bits, code_base, code_null_code, row)
            key = (code_null_code2 if code_null else code)
            amount_null = narrow_bitpack_is_null_at(amount_words, amount_bits, amount_base, amount_null_code, row)
            amount = narrow_bitpack_at(amount_words, amount_bits, amount_base, amount_null_code, row)
            group = find_1_word(group_keys, group_mask, group_limit, key)
            if group < 0:
                return fail(errors, -1, 0, 0)
            state = group * 3
            add(states, state, 1)
            if not amount_null:
                add(states, state + 1, 1)
                add(states, state + 2, amount)
        piece = piece + 10
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

EXPLAIN CODE SELECT code * 1e0, name, count(*) FROM sales GROUP BY 1, name
----
# pipeline 0: sales -> Group
def open_block(block_states, block_group_keys):
    for group in range(block_thread(), 16, block_threads()):
        place = group * 1
        block_states[place] = 0
        block_group_keys[group * 2] = -9223372036854775807 - 1
        block_group_keys[group * 2 + 1] = -9223372036854775807 - 1
''
def close_block(errors, states, group_keys, group_mask, group_limit, block_states, block_group_keys):
    for group in range(block_thread(), 16, block_threads()):
        place = group * 1
        if block_states[place] != 0:
            rows = block_states[place]
            found = find_2_words(group_keys, group_mask, group_limit, block_group_keys[group * 2], block_group_keys[group * 2 + 1])
            if found < 0:
                fail(errors, -1, 0, 0)
            else:
                state = found * 1
                add(states, state, rows)
''
def rows(first, end, step, errors, pieces, number, states, group_keys, float_states, group_mask, group_limit, name_shift):
    piece = 0
    while first < end:
        shift = pieces[piece]
        code_words = int64_column(pieces, piece + 2)
        code_bits = pieces[piece + 3]
        code_base = pieces[piece + 4]
        code_null_code = pieces[piece + 5]
        name_codes = uint8_column(pieces, piece + 6)
        name_null_code = pieces[piece + 7]
        for row in range(first + shift, pieces[piece + 1], step):
            first = row - shift + step
            code_null = bitpack_is_null_at(code_words, code_bits, code_base, code_null_code, row)
            code = bitpack_at(code_words, code_bits, code_base, code_null_code, row)
            name = plain_at(name_codes, name_null_code, row)
            key = (0 if code_null else float_word((float(code) * number)))
            key2 = (1 if code_null else 0) | ((name) << name_shift)
            group = find_2_words(group_keys, group_mask, group_limit, key, key2)
            if group < 0:
                return fail(errors, -1, 0, 0)
            state = group * 1
            add(states, state, 1)
        piece = piece + 8
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

EXPLAIN CODE SELECT id, name FROM sales ORDER BY amount LIMIT 2
----
# pipeline 0: sales -> Collect
def rows(first, end, step, errors, counts, capacity, source_rows, chunk_row, amount_words, amount_bits, amount_base, amount_null_code, threshold, id_words, id_bits, id_base, id_null_code, name_codes, name_null_code, out_0, out_1, out_2, out_2_null, out_3, out_3_null):
    for row in range(first, end, step):
        amount_null = narrow_bitpack_is_null_at(amount_words, amount_bits, amount_base, amount_null_code, row)
        amount = narrow_bitpack_at(amount_words, amount_bits, amount_base, amount_null_code, row)
        if (not amount_null and amount > threshold[0]) or (amount_null and threshold[1] != 0):
            continue
        id = narrow_bitpack_at(id_words, id_bits, id_base, id_null_code, row)
        name = plain_at(name_codes, name_null_code, row)
        output = reserve(counts, 0, 1)
        if output < capacity:
            out_0[output] = id
            out_1[output] = name
            out_2[output] = amount
            out_2_null[output] = int(amount_null)
            out_3[output] = amount
            out_3_null[output] = int(amount_null)
            source_rows[output] = chunk_row + row
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

SELECT code * 1e0, name, count(*) FROM sales GROUP BY 1, name ORDER BY 1, 2
----
7.0	bob	1
7.0	cy	1
10000000000.0	ann	1
NULL	ann	1

EXPLAIN CODE SELECT name, count(*), sum(amount), min(code * 1e0) FROM sales GROUP BY name
----
# pipeline 0: sales -> Group
def open_block(block_states):
    for group in range(block_thread(), 3, block_threads()):
        place = group * 5
        block_states[place] = 0
        block_states[place + 1] = 0
        block_states[place + 2] = 0
        block_states[place + 3] = 0
        block_states[place + 4] = 9221120237041090560
''
def close_block(states, float_states, block_states, block_float_states):
    for group in range(block_thread(), 3, block_threads()):
        place = group * 5
        rows = block_states[place]
        state_1 = block_states[place + 1]
        state_2 = block_states[place + 2]
        state_3 = block_states[place + 3]
        state_4 = block_float_states[place + 4]
        if rows != 0:
            state = group * 5
            add(states, state, rows)
            add(states, state + 1, state_1)
            add(states, state + 2, state_2)
            add(states, state + 3, state_3)
            lowest_float(float_states, state + 4, state_4)
''
def rows(first, end, step, errors, pieces, states, float_states, number, not_a_number):
    rows_of_0 = 0
    rows_of_1 = 0
    rows_of_2 = 0
    state_1_of_0 = 0
    state_1_of_1 = 0
    state_1_of_2 = 0
    state_2_of_0 = 0
    state_2_of_1 = 0
    state_2_of_2 = 0
    state_3_of_0 = 0
    state_3_of_1 = 0
    state_3_of_2 = 0
    state_4_of_0 = not_a_number
    state_4_of_1 = not_a_number
    state_4_of_2 = not_a_number
    piece = 0
    while first < end:
        shift = pieces[piece]
        name_codes = uint8_column(pieces, piece + 2)
        name_null_code = pieces[piece + 3]
        amount_words = uint32_column(pieces, piece + 4)
        amount_bits = pieces[piece + 5]
        amount_base = pieces[piece + 6]
        amount_null_code = pieces[piece + 7]
        code_words = int64_column(pieces, piece + 8)
        code_bits = pieces[piece + 9]
        code_base = pieces[piece + 10]
        code_null_code = pieces[piece + 11]
        for row in range(first + shift, pieces[piece + 1], step):
            first = row - shift + step
            name = plain_at(name_codes, name_null_code, row)
            amount_null = narrow_bitpack_is_null_at(amount_words, amount_bits, amount_base, amount_null_code, row)
            amount = narrow_bitpack_at(amount_words, amount_bits, amount_base, amount_null_code, row)
            code_null = bitpack_is_null_at(code_words, code_bits, code_base, code_null_code, row)
            code = bitpack_at(code_words, code_bits, code_base, code_null_code, row)
            term = (float(code) * number)
            rows_of_0 = (rows_of_0 + 1 if name == 0 else rows_of_0)
            rows_of_1 = (rows_of_1 + 1 if name == 1 else rows_of_1)
            rows_of_2 = (rows_of_2 + 1 if name == 2 else rows_of_2)
            state_1_of_0 = (state_1_of_0 + 1 if name == 0 and not amount_null else state_1_of_0)
            state_1_of_1 = (state_1_of_1 + 1 if name == 1 and not amount_null else state_1_of_1)
            state_1_of_2 = (state_1_of_2 + 1 if name == 2 and not amount_null else state_1_of_2)
            state_2_of_0 = (state_2_of_0 + amount if name == 0 and not amount_null else state_2_of_0)
            state_2_of_1 = (state_2_of_1 + amount if name == 1 and not amount_null else state_2_of_1)
            state_2_of_2 = (state_2_of_2 + amount if name == 2 and not amount_null else state_2_of_2)
            state_3_of_0 = (state_3_of_0 + 1 if name == 0 and not code_null else state_3_of_0)
            state_3_of_1 = (state_3_of_1 + 1 if name == 1 and not code_null else state_3_of_1)
            state_3_of_2 = (state_3_of_2 + 1 if name == 2 and not code_null else state_3_of_2)
            state_4_of_0 = ((term if term < state_4_of_0 or isnan(state_4_of_0) else state_4_of_0) if name == 0 and not code_null else state_4_of_0)
            state_4_of_1 = ((term if term < state_4_of_1 or isnan(state_4_of_1) else state_4_of_1) if name == 1 and not code_null else state_4_of_1)
            state_4_of_2 = ((term if term < state_4_of_2 or isnan(state_4_of_2) else state_4_of_2) if name == 2 and not code_null else state_4_of_2)
        piece = piece + 12
    warp_add(states, 0, rows_of_0)
    warp_add(states, 5, rows_of_1)
    warp_add(states, 10, rows_of_2)
    warp_add(states, 1, state_1_of_0)
    warp_add(states, 6, state_1_of_1)
    warp_add(states, 11, state_1_of_2)
    warp_add(states, 2, state_2_of_0)
    warp_add(states, 7, state_2_of_1)
    warp_add(states, 12, state_2_of_2)
    warp_add(states, 3, state_3_of_0)
    warp_add(states, 8, state_3_of_1)
    warp_add(states, 13, state_3_of_2)
    warp_lowest_float(float_states, 4, state_4_of_0)
    warp_lowest_float(float_states, 9, state_4_of_1)
    warp_lowest_float(float_states, 14, state_4_of_2)
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

EXPLAIN CODE SELECT id % 30, sum(amount), max(amount * 1e0) FROM sales GROUP BY 1
----
# pipeline 0: sales -> Group
def open_block(block_states):
    for group in range(block_thread(), 5, block_threads()):
        place = group * 4
        block_states[place] = 0
        block_states[place + 1] = 0
        block_states[place + 2] = 0
        block_states[place + 3] = -4503599627370496
''
def close_block(states, float_states, block_states, block_float_states):
    for group in range(block_thread(), 5, block_threads()):
        place = group * 4
        rows = block_states[place]
        state_1 = block_states[place + 1]
        state_2 = block_states[place + 2]
        state_3 = block_float_states[place + 3]
        if rows != 0:
            state = group * 4
            add(states, state, rows)
            add(states, state + 1, state_1)
            add(states, state + 2, state_2)
            highest_float(float_states, state + 3, state_3)
''
def rows(first, end, step, errors, pieces, number, states, float_states, number2, minus_infinity):
    rows_of_0 = 0
    rows_of_1 = 0
    rows_of_2 = 0
    rows_of_3 = 0
    rows_of_4 = 0
    state_1_of_0 = 0
    state_1_of_1 = 0
    state_1_of_2 = 0
    state_1_of_3 = 0
    state_1_of_4 = 0
    state_2_of_0 = 0
    state_2_of_1 = 0
    state_2_of_2 = 0
    state_2_of_3 = 0
    state_2_of_4 = 0
    state_3_of_0 = minus_infinity
    state_3_of_1 = minus_infinity
    state_3_of_2 = minus_infinity
    state_3_of_3 = minus_infinity
    state_3_of_4 = minus_infinity
    piece = 0
    while first < end:
        shift = pieces[piece]
        id_words = uint32_column(pieces, piece + 2)
        id_bits = pieces[piece + 3]
        id_base = pieces[piece + 4]
        id_null_code = pieces[piece + 5]
        amount_words = uint32_column(pieces, piece + 6)
        amount_bits = pieces[piece + 7]
        amount_base = pieces[piece + 8]
        amount_null_code = pieces[piece + 9]
        for row in range(first + shift, pieces[piece + 1], step):
            first = row - shift + step
            id = narrow_bitpack_at(id_words, id_bits, id_base, id_null_code, row)
            group = remainder(id, number)
            amount_null = narrow_bitpack_is_null_at(amount_words, amount_bits, amount_base, amount_null_code, row)
            amount = narrow_bitpack_at(amount_words, amount_bits, amount_base, amount_null_code, row)
            term = (float(amount) * number2)
            rows_of_0 = (rows_of_0 + 1 if group == 0 else rows_of_0)
            rows_of_1 = (rows_of_1 + 1 if group == 1 else rows_of_1)
            rows_of_2 = (rows_of_2 + 1 if group == 2 else rows_of_2)
            rows_of_3 = (rows_of_3 + 1 if group == 3 else rows_of_3)
            rows_of_4 = (rows_of_4 + 1 if group == 4 else rows_of_4)
            state_1_of_0 = (state_1_of_0 + 1 if group == 0 and not amount_null else state_1_of_0)
            state_1_of_1 = (state_1_of_1 + 1 if group == 1 and not amount_null else state_1_of_1)
            state_1_of_2 = (state_1_of_2 + 1 if group == 2 and not amount_null else state_1_of_2)
            state_1_of_3 = (state_1_of_3 + 1 if group == 3 and not amount_null else state_1_of_3)
            state_1_of_4 = (state_1_of_4 + 1 if group == 4 and not amount_null else state_1_of_4)
            state_2_of_0 = (state_2_of_0 + amount if group == 0 and not amount_null else state_2_of_0)
            state_2_of_1 = (state_2_of_1 + amount if group == 1 and not amount_null else state_2_of_1)
            state_2_of_2 = (state_2_of_2 + amount if group == 2 and not amount_null else state_2_of_2)
            state_2_of_3 = (state_2_of_3 + amount if group == 3 and not amount_null else state_2_of_3)
            state_2_of_4 = (state_2_of_4 + amount if group == 4 and not amount_null else state_2_of_4)
            state_3_of_0 = ((term if term > state_3_of_0 or isnan(term) else state_3_of_0) if group == 0 and not amount_null else state_3_of_0)
            state_3_of_1 = ((term if term > state_3_of_1 or isnan(term) else state_3_of_1) if group == 1 and not amount_null else state_3_of_1)
            state_3_of_2 = ((term if term > state_3_of_2 or isnan(term) else state_3_of_2) if group == 2 and not amount_null else state_3_of_2)
            state_3_of_3 = ((term if term > state_3_of_3 or isnan(term) else state_3_of_3) if group == 3 and not amount_null else state_3_of_3)
            state_3_of_4 = ((term if term > state_3_of_4 or isnan(term) else state_3_of_4) if group == 4 and not amount_null else state_3_of_4)
        piece = piece + 10
    warp_add(states, 0, rows_of_0)
    warp_add(states, 4, rows_of_1)
    warp_add(states, 8, rows_of_2)
    warp_add(states, 12, rows_of_3)
    warp_add(states, 16, rows_of_4)
    warp_add(states, 1, state_1_of_0)
    warp_add(states, 5, state_1_of_1)
    warp_add(states, 9, state_1_of_2)
    warp_add(states, 13, state_1_of_3)
    warp_add(states, 17, state_1_of_4)
    warp_add(states, 2, state_2_of_0)
    warp_add(states, 6, state_2_of_1)
    warp_add(states, 10, state_2_of_2)
    warp_add(states, 14, state_2_of_3)
    warp_add(states, 18, state_2_of_4)
    warp_highest_float(float_states, 3, state_3_of_0)
    warp_highest_float(float_states, 7, state_3_of_1)
    warp_highest_float(float_states, 11, state_3_of_2)
    warp_highest_float(float_states, 15, state_3_of_3)
    warp_highest_float(float_states, 19, state_3_of_4)
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

EXPLAIN CODE SELECT sum(amount), max(code * 1e0) FROM sales
----
# pipeline 0: sales -> Group
def open_block(block_states):
    for group in range(block_thread(), 1, block_threads()):
        place = group * 5
        block_states[place] = 0
        block_states[place + 1] = 0
        block_states[place + 2] = 0
        block_states[place + 3] = 0
        block_states[place + 4] = -4503599627370496
''
def close_block(states, float_states, block_states, block_float_states):
    for group in range(block_thread(), 1, block_threads()):
        place = group * 5
        rows = block_states[place]
        state_1 = block_states[place + 1]
        state_2 = block_states[place + 2]
        state_3 = block_states[place + 3]
        state_4 = block_float_states[place + 4]
        if rows != 0:
            state = group * 5
            add(states, state, rows)
            add(states, state + 1, state_1)
            add(states, state + 2, state_2)
            add(states, state + 3, state_3)
            highest_float(float_states, state + 4, state_4)
''
def rows(first, end, step, errors, pieces, number, states, float_states, minus_infinity):
    rows = 0
    state_1 = 0
    state_2 = 0
    state_3 = 0
    state_4 = minus_infinity
    piece = 0
    while first < end:
        shift = pieces[piece]
        amount_words = uint32_column(pieces, piece + 2)
        amount_bits = pieces[piece + 3]
        amount_base = pieces[piece + 4]
        amount_null_code = pieces[piece + 5]
        code_words = int64_column(pieces, piece + 6)
        code_bits = pieces[piece + 7]
        code_base = pieces[piece + 8]
        code_null_code = pieces[piece + 9]
        for row in range(first + shift, pieces[piece + 1], step):
            first = row - shift + step
            amount_null = narrow_bitpack_is_null_at(amount_words, amount_bits, amount_base, amount_null_code, row)
            amount = narrow_bitpack_at(amount_words, amount_bits, amount_base, amount_null_code, row)
            code_null = bitpack_is_null_at(code_words, code_bits, code_base, code_null_code, row)
            code = bitpack_at(code_words, code_bits, code_base, code_null_code, row)
            term = (float(code) * number)
            rows = rows + 1
            state_1 = (state_1 if amount_null else state_1 + 1)
            state_2 = (state_2 if amount_null else state_2 + amount)
            state_3 = (state_3 if code_null else state_3 + 1)
            state_4 = (state_4 if code_null else (term if term > state_4 or isnan(term) else state_4))
        piece = piece + 10
    warp_add(states, 0, rows)
    warp_add(states, 1, state_1)
    warp_add(states, 2, state_2)
    warp_add(states, 3, state_3)
    warp_highest_float(float_states, 4, state_4)
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

EXPLAIN SELECT name, count(*), sum(amount) FROM sales GROUP BY name
----
Project name, count(*), sum(amount)
  Aggregate count(*), sum(amount) by name
    Scan sales (name, amount)
pipeline 0 groups in registers: 3 groups of 3 words

EXPLAIN SELECT id % 30, sum(amount) FROM sales GROUP BY 1
----
Project id % 30, sum(amount)
  Aggregate sum(amount) by id % 30
    Scan sales (id, amount)
pipeline 0 groups in registers: 5 groups of 3 words

EXPLAIN SELECT code, count(*) FROM sales GROUP BY code
----
Project code, count(*)
  Aggregate count(*) by code
    Scan sales (code)
pipeline 0 groups in block tables: some 2 groups of 2 words are 256 bytes

EXPLAIN SELECT stddev(amount) FROM sales
----
Project stddev_samp(amount) AS stddev(amount)
  Aggregate stddev_samp(amount)
    Scan sales (amount)
pipeline 0 groups in registers: 1 group of 6 words

EXPLAIN SELECT arg_max(name, amount) FROM sales
----
Project arg_max(name) AS arg_max(name, amount)
  Aggregate arg_max(name, amount) AS arg_max(name)
    Scan sales (name, amount)
pipeline 0 groups in registers: 1 group of 4 words, 2 passes over the rows

EXPLAIN SELECT approx_quantile(amount, 0.5) FROM sales
----
Project approx_quantile(amount) AS approx_quantile(amount, 0.5)
  Aggregate approx_quantile(amount, 0.5) AS approx_quantile(amount)
    Scan sales (amount)
pipeline 0 groups in the memory of the cpu: APPROX_QUANTILE takes values in one after the other

SELECT name, sum(amount) FROM sales GROUP BY name ORDER BY 1
----
ann	14
bob	NULL
cy	-2

SELECT id % 30, sum(amount), max(amount * 1e0) FROM sales GROUP BY 1 ORDER BY 1
----
1	5	5.0
2	NULL	NULL
3	9	9.0
4	-2	-2.0
