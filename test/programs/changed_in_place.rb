# Values that change where they are: one part, of one kind or into another, and what that makes of
# the whole.
class Parts
  attr_accessor :first, :list

  def initialize
    @first = 1
    @name = "parts"
    @later = nil
    @list = [1, 2]
  end
end

def change_list(list)
  list[1] = 5
  list[1] = :five
  list[1] = 2.5
  list[1] = nil
  list[0] = list
  list[0] = 7
  list.pop
  list.push(9)
  list
end

def change_table(table)
  table[:a] = 2
  table.delete(:a)
  table[:a] = 3
  table[:b] = true
  table["k"] = 1
  table["k"] = 2
  table[1] = table
  table[1] = 1
  12.times { |i| table[i] = i }
  table[3] = 4
  table.delete(3)
  table[4] = -1
  table.size
end

def change_object(parts)
  parts.first = 2
  parts.list[0] = 5
  parts.first = :two
  parts.instance_variable_set(:@later, 4)
  parts.instance_variable_set(:@later, nil)
  parts.instance_variable_set(:@new, 4)
  parts.instance_variable_set(:@new, 5)
  parts.remove_instance_variable(:@name)
  parts.first = 9
  parts.list
end

def change_long(long, text)
  long[3] = 1
  long[25] = 1
  long.shift
  long[0] = 44
  text << "x"
  text.setbyte(0, 66)
  text
end

# Two frames show one value; the inner one changes it.
def share(list)
  list[0] += 1
  return list if list[0] > 3

  share(list)
end

change_list([1, 2, 3])
change_table({ a: 1, b: 2 })
change_object(Parts.new)
change_long((1..40).to_a, +"abc")
share([1, 2])
