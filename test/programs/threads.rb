# 50 threads with calls of their own; the order is the scheduler's.
# events: vary (the scheduler decides the order)
LOCK = Mutex.new
RESULTS = Queue.new
$total = 0

def work(n)
  part = n * 2
  Thread.pass
  part + 1
end

def start(own)
  Thread.new do
    value = work(own)
    LOCK.synchronize { $total += value }
    RESULTS << value
  end
end

threads = (1..50).map { |n| start(n) }
threads.each(&:join)
puts $total, RESULTS.size
