# requires: 3.0
# Other Ractors run the same code in parallel, each with calls of its own.
# events: vary (the scheduler decides the order)
Warning[:experimental] = false

def work(number)
  total = number
  3.times { |i| total += i }
  total
end

ractors = [1, 2].map { |number| Ractor.new(number) { |n| work(n) } }
take = Ractor.method_defined?(:value) ? :value : :take
p ractors.map(&take), work(3)
echo = Ractor.new { Ractor.receive * 2 }
echo.send(21)
p echo.public_send(take)
failed = Ractor.new do
  Thread.current.report_on_exception = false
  raise IndexError, "in a ractor"
end
begin
  failed.public_send(take)
rescue Ractor::RemoteError => e
  p e.cause.class, e.cause.message
end
