"""What the code of a thread calls, in LLVM IR: faults, bounds, the log of accesses, the loop.

phase(context, count, order, state, run) runs the threads of a block that may run, each until
it waits, in the order given; it returns 1 after a fault.
"""

from __future__ import annotations

from gpudb.devices.emulated.context import slot

RUNTIME = f"""
define internal void @failed(ptr %context, i64 %code, i64 %address, i64 %line, i32 %thread)
    noinline cold {{
  %slot = getelementptr i64, ptr %context, i64 {slot("error")}
  %base = load i64, ptr %slot
  %error = inttoptr i64 %base to ptr
  store i64 %code, ptr %error
  %error1 = getelementptr i64, ptr %error, i64 1
  store i64 %address, ptr %error1
  %error2 = getelementptr i64, ptr %error, i64 2
  store i64 %line, ptr %error2
  %error3 = getelementptr i64, ptr %error, i64 3
  %wide = zext i32 %thread to i64
  store i64 %wide, ptr %error3
  ret void
}}
define internal void @note(ptr %context, i64 %address, i64 %what, i32 %thread) noinline {{
  %place = getelementptr i64, ptr %context, i64 {slot("log_count")}
  %count = load i64, ptr %place
  %more = add i64 %count, 1
  store i64 %more, ptr %place
  %capacity.place = getelementptr i64, ptr %context, i64 {slot("log_capacity")}
  %capacity = load i64, ptr %capacity.place
  %fits = icmp ult i64 %count, %capacity
  br i1 %fits, label %put, label %full
put:
  %log.place = getelementptr i64, ptr %context, i64 {slot("log")}
  %base = load i64, ptr %log.place
  %log = inttoptr i64 %base to ptr
  %index = mul i64 %count, 3
  %entry = getelementptr i64, ptr %log, i64 %index
  store i64 %address, ptr %entry
  %entry1 = getelementptr i64, ptr %entry, i64 1
  store i64 %what, ptr %entry1
  %wide = zext i32 %thread to i64
  %entry2 = getelementptr i64, ptr %entry, i64 2
  store i64 %wide, ptr %entry2
  ret void
full:
  ret void
}}
define internal i64 @find_buffer(ptr %context, i64 %address, i64 %size) noinline {{
entry:
  %slot = getelementptr i64, ptr %context, i64 {slot("ranges")}
  %base = load i64, ptr %slot
  %ranges = inttoptr i64 %base to ptr
  %count.place = getelementptr i64, ptr %context, i64 {slot("range_count")}
  %count = load i64, ptr %count.place
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%j, %next]
  %more = icmp ult i64 %i, %count
  br i1 %more, label %look, label %no
look:
  %k = mul i64 %i, 2
  %low.place = getelementptr i64, ptr %ranges, i64 %k
  %low = load i64, ptr %low.place
  %high.place = getelementptr i64, ptr %low.place, i64 1
  %high = load i64, ptr %high.place
  %above = icmp uge i64 %address, %low
  %last = sub i64 %high, %size
  %below = icmp ule i64 %address, %last
  %in = and i1 %above, %below
  br i1 %in, label %yes, label %next
next:
  %j = add i64 %i, 1
  br label %loop
yes:
  ret i64 %k
no:
  ret i64 -1
}}
define i64 @phase(ptr %context, i64 %count, ptr %order, ptr %state, ptr %run) {{
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%j, %next]
  %more = icmp ult i64 %i, %count
  br i1 %more, label %look, label %done
look:
  %turn = getelementptr i32, ptr %order, i64 %i
  %thread = load i32, ptr %turn
  %wide = zext i32 %thread to i64
  %run.place = getelementptr i8, ptr %run, i64 %wide
  %runs = load i8, ptr %run.place
  %go = icmp ne i8 %runs, 0
  br i1 %go, label %call, label %next
call:
  %state.place = getelementptr i32, ptr %state, i64 %wide
  %place = load i32, ptr %state.place
  %stopped = call i32 @step(ptr %context, i32 %thread, i32 %place)
  store i32 %stopped, ptr %state.place
  %bad = icmp eq i32 %stopped, -2
  br i1 %bad, label %failed, label %next
next:
  %j = add i64 %i, 1
  br label %loop
failed:
  ret i64 1
done:
  ret i64 0
}}
!0 = !{{!"branch_weights", i32 100000, i32 1}}
!1 = !{{}}
"""
