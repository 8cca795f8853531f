# frozen_string_literal: true

# ROUNDS EVALS: rounds of all that may leak or break with time, each ending in one line that is the
# same whoever watches; then, on standard error, what the process has come to.
#
# Run by SoakTest, plain and recorded.
ROUNDS, EVALS = ARGV.map { |word| Integer(word) }

class Account
  attr_reader :total

  def initialize(total)
    @total = total
  end

  def take(amount)
    raise ArgumentError, "no #{amount}" if amount > @total

    @total -= amount
    self
  ensure
    @last = amount
  end
end

def threads(round)
  queue = Queue.new
  workers = Array.new(8) do |number|
    Thread.new { 20.times { |i| queue << (round * i) % (number + 1) } }
  end
  workers.each(&:join)
  Array.new(queue.size) { queue.pop }.sum
end

def fibers(round)
  fibers = Array.new(5) { |i| Fiber.new { 4.times { |k| Fiber.yield(i * k + round) } && 0 } }
  4.times.sum { fibers.sum(&:resume) } + Array.new(50) { |i| Fiber.new { i } }.sum(&:resume)
end

def exceptions(round)
  account = Account.new(50)
  100.times.count do |i|
    account.take((i + round) % 9)
    false
  rescue ArgumentError => e
    !e.message.empty?
  end
end

def children(round)
  pids = Array.new(2) { |i| fork { exit!(Account.new(round % 50 + i).take(0).total) } }
  pids.sum { |pid| Process.wait2(pid).last.exitstatus }
end

def collections(round)
  GC.stress = true
  sum = [round, round + 1].map { |n| "#{n}".size }.sum
  GC.stress = false
  GC.compact if GC.respond_to?(:compact)
  sum
end

def evals(count, round)
  count.times.sum { |i| eval("x = #{round * count + i}\nx % 7") }
end

ROUNDS.times do |round|
  puts [round, threads(round), fibers(round), exceptions(round), children(round),
        collections(round), evals(EVALS, round)].join(" ")
end
GC.start
status = File.read("/proc/self/status")
warn "memory #{status[/VmRSS:\s+(\d+)/, 1]} kB, #{Dir.children('/proc/self/fd').size} open, " \
     "#{Thread.list.size} thread, children #{File.read("/proc/self/task/#{$$}/children").inspect}"
