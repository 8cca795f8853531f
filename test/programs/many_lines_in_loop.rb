# More events than one chunk holds: 4096.
# golden: none (long and dull)
i = 0
sum = 0
while i < 3000
  sum += i if i.even?
  i += 1
end
puts sum
