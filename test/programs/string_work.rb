# Strings that are built, cut and changed in place.
def caesar(text, shift)
  text.each_char.map { |c| c =~ /[a-z]/ ? ((c.ord - 97 + shift) % 26 + 97).chr : c }.join
end

text = "hello, world"
copy = text.dup
copy << "!"
copy[0] = "J"
words = copy.split(", ")
inside = caesar(text, 3)
puts inside, caesar(inside, -3), words.inspect
puts format("%05.1f|%-6s|%x", 3.14159, "ab", 255)
puts <<~TEXT
  a heredoc
    of two lines
TEXT
puts "äöü€".bytes.size, "äöü€".reverse
