# Heredocs, several in one line, with code inside; literals over many lines.
def join(*texts)
  texts.join("|")
end

name = "Ann"
squiggly = <<~TEXT
  Dear #{name},
    indented #{[1, 2]
      .sum}
TEXT
puts squiggly
puts join(<<~ONE, <<~'TWO', <<-THREE)
  one #{name}
ONE
  two #{name}
TWO
  three
  THREE
puts(<<~LAST.lines.map(&:strip).join(","))
  a
  b
LAST
table = { first: 1, third: <<~TEXT.chomp }
  third
TEXT
puts join("x",
          "y")
p table.values
long = 1 +
       2 +
       "3".to_i
p long
p %w[a b
     c], %i[d e]
puts "con" \
     "cat"
