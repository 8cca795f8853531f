# Messages that each Ruby words in its own way.
def words_of
  yield
rescue NameError, SyntaxError
  puts $!.class
end

words_of { nil.unknown }
words_of { Object.new.unknown }
words_of { unknown }
words_of { eval("1 +", nil, "broken.rb") }
