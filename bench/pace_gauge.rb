# frozen_string_literal: true

# Says how fast one core is now: for every line it reads, the nanoseconds of a fixed loop.
#
# Started by pace.rb, once a core; ends with its input.
ROUNDS = 150_000

$stdout.sync = true
while $stdin.gets
  start = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
  round = 0
  round += 1 while round < ROUNDS
  puts Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) - start
end
