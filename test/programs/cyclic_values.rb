# Values that contain themselves or each other, and shared ones.
class Node
  attr_accessor :partner

  def initialize(name)
    @name = name
  end
end

loop_array = [1]
loop_array << loop_array
loop_hash = { a: 1 }
loop_hash[:self] = loop_hash
left = Node.new("left")
right = Node.new("right")
left.partner = right
right.partner = left
shared = [7]
pair = [shared, shared]
puts loop_array.inspect, loop_hash.size, left.partner.partner.equal?(left), pair.inspect
