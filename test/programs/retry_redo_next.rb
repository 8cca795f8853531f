# retry, redo, next, break, while and until with their modifiers.
def flaky(attempts)
  attempts << attempts.size
  raise IOError, "attempt #{attempts.size}" if attempts.size < 3

  attempts
rescue IOError
  retry
end

p flaky([])
seen = []
redone = false
3.times do |i|
  seen << i
  if i == 1 && !redone
    redone = true
    redo
  end
  next if i == 0
end
p seen
n = 0
n += 1 until n == 3
begin
  n -= 1
end while n > 0
p n
