"""The encodings of a column's numbers, and the choice between them.

    ENCODINGS                                        the encodings in the order in which they are tried
    find_encoding(name) -> Encoding | None
    choose.choose(column, statistics, type, request) -> Encoded      the smallest, or the one asked for
    widen.convert(encoded, layout) -> Encoded        to a byte-aligned frame, scaled or raw layout
    strings.encode(array) -> Encoded                 texts as they are: lengths and bytes; no `at`
    strings.decode(encoded) -> pa.Array
    planes.to_planes(array) -> bytes-like            the form that LZ4 likes
    planes.from_planes(data, dtype) -> array
"""
