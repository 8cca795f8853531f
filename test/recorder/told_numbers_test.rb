# frozen_string_literal: true

# A program that sees its own Integer#to_s, #inspect and #abs called: the recorders turn numbers
# into text without them.
#
# Of a program that counts conversions, or shows numbers in another way, nothing may change.
require_relative "recorder_case"

class ToldNumbersTest < RecorderCase
  parallelize_me!

  PROGRAM = <<~'RUBY'
    SEEN = []
    class Integer
      %i[to_s inspect abs].each do |name|
        original = instance_method(name)
        define_method(name) do |*words|
          SEEN << [name, caller(1, 1)]
          original.bind_call(self, *words)
        end
      end
    end
    Pair = Struct.new(:left, :right)
    def down(n, *rest, k: 2)
      return n if n == 0
      list = [n, 2.5, "s", :sym, nil, 1..3, { n => -n }, 2**80, -(2**70), 3r, Complex(1, 2)]
      pair = Pair.new(n, list)
      down(n - 1, 1, 2)
    end
    down(3)
    Thread.new { down(1) }.join
    each = Enumerator.new { |to| to << 1 << 2 }
    each.next
    system("true")
    begin
      raise "boom"
    rescue => e
      raised = e
    end
    eval("w = 5\nw + 1")
    random = Random.new(2**70)
    time, mutex, queue, block = Time.at(0), Mutex.new, Queue.new << 1, proc { |v| v }
    block.call(4)
    long = [1] * 500
    $stdout.write(SEEN.uniq.join("\n"), "\n")
  RUBY

  def test_the_program_sees_none
    program = write_program("program.rb", PROGRAM)
    plain = ruby(program)
    assert_equal "\n", plain.out, plain.to_s
    [RECORDER, File.join(ROOT, "trace.rb")].each do |front|
      run = ruby(front, "-o", in_folder(File.basename(front)), program)
      assert_equal plain.out, run.out, run.to_s
      assert_includes checked_events(in_folder(File.basename(front))), "down"
    end
  end
end
