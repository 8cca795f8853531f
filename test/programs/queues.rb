# Threads that hand work to each other through Queue and SizedQueue, and stop at its end.
# events: vary (the scheduler decides where threads change)
# strands: vary (how many items wait in a queue is seen, and is up to the scheduler)
def produce(queue, count)
  Thread.new do
    count.times { |i| queue << i }
    queue.close
  end
end

def consume(queue, results)
  Thread.new do
    while (item = queue.pop)
      results << item * 2
    end
    :consumed
  end
end

queue = SizedQueue.new(2)
results = Queue.new
producer = produce(queue, 6)
consumer = consume(queue, results)
p consumer.value, producer.join.status, results.size
list = []
list << results.pop until results.empty?
p list
begin
  results.pop(true)
rescue ThreadError => e
  puts e.class
end
begin
  queue << 1
rescue ClosedQueueError => e
  puts e.class
end
