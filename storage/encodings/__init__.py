"""The encodings of a column's numbers, one a module, and of texts without a dictionary (strings).

| encoding   | buffers             | scalars                  | NULL                          |
|------------|---------------------|--------------------------|-------------------------------|
| constant   |                     | value, null_code         | all rows, or none             |
| sequence   |                     | base                     | none                          |
| frame      | codes               | base, null_code          | a code                        |
| scaled     | codes               | base, divisor, null_code | a code                        |
| dictionary | codes, values       | null_code                | a code                        |
| delta      | checkpoints, deltas | least                    | none                          |
| runs       | ends, values        | run_count, null_code     | a code (a value not in use)   |
| bitpack    | words               | bits, base, null_code    | a code                        |
| raw        | values, null_bits   |                          | a bitmap, empty if none       |
| plain      | codes               | null_code                | a code (a value not in use)   |
| wide       | low, high, null_bits |                       | a bitmap, empty if none       |
| strings    | lengths, bytes, null_bits |                    | a bitmap, empty if none       |
"""

from gpudb.storage.encodings.choose import ENCODINGS, find_encoding
from gpudb.storage.encodings.encoded import (
    Encoded,
    Encoding,
    EncodingRequest,
    Layout,
    PhysicalColumn,
)

__all__ = [
    "ENCODINGS",
    "Encoded",
    "Encoding",
    "EncodingRequest",
    "Layout",
    "PhysicalColumn",
    "find_encoding",
]
