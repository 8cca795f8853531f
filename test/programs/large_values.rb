# Values beyond every limit: long, wide, deep.
def consume(value)
  value.size
end

long = "x" * 1_000_000
wide = (1..100_000).to_a
table = (1..1000).map { |n| [n, n.to_s] }.to_h
deep = 200.times.inject([]) { |inner, _| [inner] }
many = Array.new(30) { Array.new(30) { |i| [i, { i => "v" }] } }
puts consume(long), consume(wide), consume(table), consume(deep), consume(many)
wide[50_000] = -1
wide[3] = :changed
long[5] = "y"
table[1] = "one"
puts wide.sum { |x| x.is_a?(Integer) ? x : 0 }
