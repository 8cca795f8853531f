# 300 frames that all return.
# golden: none (long and dull)
def down(n)
  return 0 if n == 0

  1 + down(n - 1)
end

p down(300)
