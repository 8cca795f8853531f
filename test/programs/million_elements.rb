# An array of a million elements that changes by one element a line.
def shift_and_push(list)
  list.shift
  list.push(:last)
  list.size
end

list = Array.new(1_000_000, 0)
list[0] = :first
list[19] = "the last one shown"
list[20] = "the first one not shown"
list[999_999] = nil
list << 1.5
list.delete_at(1)
list[3] = [1, 2]
list[3] << 3
puts shift_and_push(list), list.size
list.clear
puts list.empty?
