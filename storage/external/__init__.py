"""Data that lies outside a database: Parquet, CSV and Arrow files, Arrow tables, data frames.

    path or pattern --open_source--> ExternalSource --batches--> Arrow record batches
    table or frame  --open_data----> ExternalSource

Every source yields batches whose columns have the Arrow types that gpudb.storage.arrow gives for
their SQL types, so a reader of stored tables and a loader need not know where rows come from.
"""
