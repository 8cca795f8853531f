# frozen_string_literal: true

# Texts that change in place, line by line: what both recorders show of them. The native one puts
# the new text into the copy that it has where it can.
#
# What a plain run prints of each is looked for, too.
require_relative "recorder_case"

class ChangingTextTest < RecorderCase
  parallelize_me!

  # Appended to, through the sizes of what is embedded, kept and cut; secrets that come and go;
  # encodings; classes and variables of its own; within something else; at a reused address.
  PROGRAM = <<~'RUBY'
    class Named < String; end
    def grow(text, piece, count)
      i = 0
      while i < count
        text << piece
        i += 1
      end
      text.size
    end
    grow(+"", "abc ", 70)
    grow(+"", "\u00e9\u4e2d", 50)
    grow("".b, "\xff", 20)
    grow(Named.new("n"), "ame", 12)
    def change(text)
      text.upcase!
      text.replace("AKIAIOSFODNN7")
      text << "EXAMPLE"
      text.replace("user=a password=")
      text << "hunter2secret"
      text.clear
      text << "hunter2secret"
      text.replace("plain")
      text.force_encoding("BINARY")
      text << "\xfe".b
      text.force_encoding("UTF-8")
      text.replace("plain")
      text.force_encoding("UTF-16LE")
      text.force_encoding("US-ASCII")
      text.setbyte(0, 80)
      text.instance_variable_set(:@of_its_own, 1)
      text << "!"
      text.remove_instance_variable(:@of_its_own)
      text << "?"
      def text.single
        1
      end
      text << "."
      text.freeze
      text.size
    end
    change(+"short")
    change(+"a text that is far too long to be embedded")
    def beside(list, table)
      list[0] << "x"
      table[:one] << "y"
      list[0].replace("z" * 100)
      password = list[0]
      list[0] << "!"
      password.clear
      password << "sesame, open 123"
      list[0] << "."
      list[0].slice!(0, 7)
      list << list[0]
      list[0] << ";"
      list.size
    end
    beside([+"a"], { one: +"b" })
    200.times do |i|
      text = +"number #{i}"
      text << "!"
      text = nil
      GC.start if i % 50 == 0
    end
  RUBY

  # Copies of every size around what is kept of one that was made before.
  AROUND_WHAT_IS_KEPT = <<~'RUBY'
    def show(it)
      it.nil?
    end
    (60..150).each do |size|
      list = Array.new(9) { "x" * 190 } + ["y" * size]
      show(1)
      show(list)
      show(2)
      show(list)
    end
  RUBY

  def test_copies_that_are_not_kept_are_made_again
    native = events_by("native", AROUND_WHAT_IS_KEPT)
    assert_equal events_by("pure", AROUND_WHAT_IS_KEPT), native
    (60..150).each { |size| assert_includes native, "\"#{'y' * size}\"" }
  end

  def test_both_recorders_show_the_same
    native = events_by("native", PROGRAM)
    assert_equal events_by("pure", PROGRAM), native
    refute_includes native, "password=hunter2secret"
    refute_includes native, "EXAMPLE"
    assert_includes native, "abc abc abc "
    assert_includes native, "number 199!"
  end
end
