"""A GPU on paper: runs PTX on the CPU, and checks what a GPU would not.

PTX text -> parse -> one LLVM function per kernel (translate, with the tables of arithmetic, bits,
access and collectives) -> machine code -> launch, which runs blocks of threads and lets schedule
take them from barrier to barrier.
"""
