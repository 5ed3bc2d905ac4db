# The text of kernels for devices whose threads share their memory.
CREATE TABLE sales AS SELECT * FROM (VALUES (1, 'ann', 5, 10000000000), (2, 'bob', NULL, 7), (3, 'ann', 9, NULL), (4, 'cy', -2, 7)) v(id, name, amount, code);

EXPLAIN CODE SELECT id, amount FROM sales WHERE amount > 1
----
# pipeline 0: sales -> Collect
def rows(first, end, step, errors, counts, capacity, source_rows, amount_words, amount_bits, amount_base, amount_null_code, number, id_words, id_bits, id_base, id_null_code, out_0, out_1, out_1_null):
    for row in range(first, end, step):
        amount_null = bitpack_is_null_at(amount_words, amount_bits, amount_base, amount_null_code, row)
        amount = bitpack_at(amount_words, amount_bits, amount_base, amount_null_code, row)
        if not ((amount > number) and not amount_null):
            continue
        id = bitpack_at(id_words, id_bits, id_base, id_null_code, row)
        output = reserve(counts, 0, 1)
        if output < capacity:
            out_0[output] = id
            out_1[output] = amount
            out_1_null[output] = int(amount_null)
            source_rows[output] = row
    return end

EXPLAIN CODE SELECT code, count(*), sum(amount) FROM sales GROUP BY code
----
# pipeline 0: sales -> Group
def rows(first, end, step, errors, code_words, code_bits, code_base, code_null_code, states, group_keys, float_states, group_mask, group_limit, code_least, code_null_code2, amount_words, amount_bits, amount_base, amount_null_code):
    for row in range(first, end, step):
        code_null = bitpack_is_null_at(code_words, code_bits, code_base, code_null_code, row)
        code = bitpack_at(code_words, code_bits, code_base, code_null_code, row)
        key = (code_null_code2 if code_null else (code - code_least))
        group = find_key(group_keys, group_mask, group_limit, key)
        if group < 0:
            return fail(errors, -1, 0, 0)
        amount_null = bitpack_is_null_at(amount_words, amount_bits, amount_base, amount_null_code, row)
        amount = bitpack_at(amount_words, amount_bits, amount_base, amount_null_code, row)
        state = group * 3
        add(states, state, 1)
        if not amount_null:
            add(states, state + 1, 1)
            add(states, state + 2, amount)
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

EXPLAIN CODE SELECT code * 1e0, name, count(*) FROM sales GROUP BY 1, name
----
# pipeline 0: sales -> Group
def rows(first, end, step, errors, code_words, code_bits, code_base, code_null_code, number, name_codes, name_null_code, states, group_keys, group_slots, used, spares, float_states, group_mask, group_limit, group_room):
    spare = spares[thread_index()]
    for row in range(first, end, step):
        code_null = bitpack_is_null_at(code_words, code_bits, code_base, code_null_code, row)
        code = bitpack_at(code_words, code_bits, code_base, code_null_code, row)
        name = plain_at(name_codes, name_null_code, row)
        key = (0 if code_null else float_word((float(code) * number)))
        key_nulls = (1 if code_null else 0)
        slot = mix(mix(mix(0 ^ key) ^ name) ^ key_nulls) & group_mask
        group = follow(group_slots, slot) - 1
        tries = 0
        is_searching = True
        while is_searching:
            if group < 0:
                if spare < 0:
                    spare = reserve(used, 0, 1)
                    if spare >= group_room:
                        return fail(errors, -1, 0, 0)
                poke(group_keys, spare * 3 + 0, key)
                poke(group_keys, spare * 3 + 1, name)
                poke(group_keys, spare * 3 + 2, key_nulls)
                fence()
                claim(group_slots, slot, 0, spare + 1)
                group = follow(group_slots, slot) - 1
            is_searching = not (peek(group_keys, group * 3 + 0) == key and peek(group_keys, group * 3 + 1) == name and peek(group_keys, group * 3 + 2) == key_nulls)
            if is_searching:
                slot = (slot + 1) & group_mask
                tries += 1
                if tries > group_limit:
                    return fail(errors, -1, 0, 0)
                group = follow(group_slots, slot) - 1
        if group == spare:
            spare = -1
        state = group * 1
        add(states, state, 1)
    spares[thread_index()] = spare
    return end
''
# pipeline 1: pipeline 0 -> Collect
# no kernel: rows as they are

EXPLAIN CODE SELECT id, name FROM sales ORDER BY amount LIMIT 2
----
# pipeline 0: sales -> Collect
def rows(first, end, step, errors, counts, capacity, source_rows, amount_words, amount_bits, amount_base, amount_null_code, threshold, id_words, id_bits, id_base, id_null_code, name_codes, name_null_code, out_0, out_1, out_2, out_2_null, out_3, out_3_null):
    for row in range(first, end, step):
        amount_null = bitpack_is_null_at(amount_words, amount_bits, amount_base, amount_null_code, row)
        amount = bitpack_at(amount_words, amount_bits, amount_base, amount_null_code, row)
        if not amount_null and amount > threshold[0]:
            continue
        id = bitpack_at(id_words, id_bits, id_base, id_null_code, row)
        name = plain_at(name_codes, name_null_code, row)
        output = reserve(counts, 0, 1)
        if output < capacity:
            out_0[output] = id
            out_1[output] = name
            out_2[output] = amount
            out_2_null[output] = int(amount_null)
            out_3[output] = amount
            out_3_null[output] = int(amount_null)
            source_rows[output] = row
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
