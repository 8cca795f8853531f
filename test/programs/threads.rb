# 50 threads with calls of their own; the order is the scheduler's.
# events: vary (the scheduler decides the order)
def work(n)
  part = n * 2
  Thread.pass
  part + 1
end

results = Queue.new
lock = Mutex.new
total = 0
threads = (1..50).map do |n|
  Thread.new(n) do |own|
    value = work(own)
    lock.synchronize { total += value }
    results << value
  end
end
threads.each(&:join)
puts total, results.size
