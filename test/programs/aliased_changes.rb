# frozen_string_literal: true

# Values that change while the variable that shows them does not: in the middle, at the edge of what
# is shown and beyond it, through aliases, and objects that take the place of equal ones.
Point = Struct.new(:x, :y)

class Box
  def initialize(content)
    @content = content
  end

  def fill(content)
    @content = content
  end

  def extend_by(name, value)
    instance_variable_set(name, value)
  end

  def shrink(name)
    remove_instance_variable(name)
  end
end

def strings(text, list)
  text.setbyte(0, 66)
  list[0] << "!"
  list[1].force_encoding("BINARY")
  text.replace("Boat of the same size")
  text
end

def collections(list, table)
  list[3] = 40
  list[25] = :unseen
  list << :one_more
  table[:inner][:deep] = [4]
  table[:inner][:deep] << 5
  table[:inner] = table[:inner].dup
  table.delete(:a)
  list.first(2)
end

def objects(box, point)
  box.fill(7)
  box.extend_by(:@later, nil)
  box.extend_by(:@later, 1.5e300)
  box.shrink(:@content)
  point.y = point.x
  point.x = [point.y]
  box
end

def equal_ones(boxes)
  boxes[0] = Box.new(1)
  boxes[1] = boxes[0]
  boxes[1] = Box.new(1)
  boxes.reverse!
  boxes.size
end

def below_the_limit(list)
  list[0][0][0][0] = 2
  list[0][0][0] << 3
  list[0][0][1] = 4
  list
end

def named_later
  nameless = Class.new
  object = nameless.new
  again = [object]
  Object.const_set(:NamedNow, nameless)
  again << object
  again
end

def many_shapes
  boxes = (1..12).map { |number| Box.new(number) }
  boxes.each_with_index { |box, number| box.extend_by("@v#{number}", number) }
  last = boxes.last
  last.fill(99)
  last.extend_by(:@v11, 100)
  last
end

def counted(number)
  table = { number => number }
  table[number] += 1
  table[number] = 2**70
  table[number] = 2**70 + 1
  table[number] = 2.0**2000
  table[number] = -table[number]
  table
end

def large_tables(table)
  table[3] = :other
  table.delete(2)
  table[20] = :unseen
  (4..9).each { |key| table.delete(key) }
  table[:new] = 1
  table.clear
  table[1] = 1
  table
end

strings(+"Goat of the same size", [+"one", +"two"])
collections((0..24).to_a, { a: 1, inner: { deep: [3] } })
objects(Box.new("text"), Point.new(1, 2))
equal_ones([Box.new(1), Box.new(1)])
below_the_limit([[[[1], 2], 3], 4])
named_later
many_shapes
counted(5)
large_tables((1..30).to_h { |number| [number, :value] })
