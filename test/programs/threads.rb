# 50 threads with calls of their own; the order is the scheduler's.
# events: vary (the scheduler decides the order)
LOCK = Mutex.new
RESULTS = Queue.new
THREADS = []
$total = 0

def work(n)
  part = n * 2
  Thread.pass
  part + 1
end

def start(own)
  THREADS << Thread.new do
    value = work(own)
    LOCK.synchronize { $total += value }
    RESULTS << value
  end
  nil # whether it is dead by now is the scheduler's affair, too
end

(1..50).each { |n| start(n) }
THREADS.each(&:join)
puts $total, RESULTS.size
