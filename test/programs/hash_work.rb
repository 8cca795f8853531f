# Hashes: keys of many kinds, defaults, grouping, change in place.
counts = Hash.new(0)
"the cat and the dog and the bird".split.each { |word| counts[word] += 1 }
p counts.to_a
groups = counts.group_by { |_, n| n }.transform_values { |pairs| pairs.map(&:first) }
p groups.to_a
mixed = { 1 => :one, "1" => 1.0, nil => [], :sym => { inner: true }, [1, 2] => "pair" }
mixed.delete("1")
mixed[:late] = mixed.size
p mixed.keys
nested = Hash.new { |hash, key| hash[key] = key * 2 }
nested[4]
p nested.to_a, nested.dig(4)
