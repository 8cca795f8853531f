# Identity stays the same when objects move or die.
class Thing
end

thing = Thing.new
other = Thing.new
5.times { Thing.new }
GC.start
GC.compact if GC.respond_to?(:compact)
last = Thing.new
puts [thing, other, last].uniq.size
