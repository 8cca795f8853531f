# Objects that are first seen without, then with instance variables; that lose them, and freeze.
class Plant
  def grow(name, value)
    instance_variable_set(name, value)
    self
  end

  def wither(name)
    remove_instance_variable(name)
    self
  end

  def inspect # by FrozenError's message
    "a plant"
  end
end

plant = Plant.new
same = plant
plant.grow(:@height, 1)
plant.grow(:@leaves, [plant])
plant.wither(:@height)
22.times { |i| plant.grow("@branch#{i}", i) }
plant.freeze
begin
  plant.grow(:@late, 1)
rescue => e # FrozenError
  puts e.class
end
puts same.instance_variables.size
text = "with a variable"
text.instance_variable_set(:@mark, 1)
list = [1]
list.instance_variable_set(:@mark, 2)
table = { a: 1 }
table.instance_variable_set(:@mark, 3)
block = proc { |x| x }
block.instance_variable_set(:@mark, 4)
Plant.instance_variable_set(:@count, 5)
error = RuntimeError.new("with a variable")
error.instance_variable_set(:@code, 6)
puts [text, list, table, block, Plant, error].sum { |one| one.instance_variables.size }
