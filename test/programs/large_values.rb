# Values beyond every limit: long, wide, deep.
def consume(value)
  value.size
end

long = "x" * 1_000_000
wide = (1..10_000).to_a
table = (1..1000).zip("a".."zzz").to_h
deep = []
40.times { deep = [deep] }
many = Array.new(30, [[1, { 2 => "v" }]] * 30)
puts consume(long), consume(wide), consume(table), consume(deep), consume(many)
wide[5_000] = -1
wide[3] = :changed
long[5] = "y"
table[1] = "one"
puts wide.grep(Integer).sum
