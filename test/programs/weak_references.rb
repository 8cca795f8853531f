# WeakMap and WeakRef: seeing a value does not keep it alive, nor does it change the map.
require "weakref"

class Token
  def initialize(text)
    @text = text
  end
end

def forget(map)
  10.times { |i| map[Token.new("gone #{i}")] = :gone }
  map.size > 1
end

map = ObjectSpace::WeakMap.new
kept = Token.new("kept")
map[kept] = :value
reference = WeakRef.new(kept)
puts map.key?(kept), map[kept], reference.weakref_alive?
puts forget(map)
GC.start
puts map.key?(kept), reference.__getobj__.equal?(kept)
