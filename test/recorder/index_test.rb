# frozen_string_literal: true

# The index of a real recording: stretches that are printed by its help are those of a whole print.
#
# The recorded program calls up and down, so that a late step has calls open; it is long enough for
# several spans. A killed recording has an index of what was complete.
require_relative "recorder_case"

class IndexTest < RecorderCase
  parallelize_me!

  CLIMBING = <<~'RUBY'
    class Climber
      def initialize(name)
        @name = name
        @height = 0
      end

      def climb(depth)
        @height += 1
        climb(depth - 1) if depth > 0
        rest = depth * 2
        rest + @height
      end
    end
    climbers = [Climber.new("a"), Climber.new("b")]
    climbers.cycle.first(700).each_with_index do |climber, index|
      climber.climb(index % 9)
    end
    $stdout.puts "ready"
    $stdout.flush
    loop { climbers.first.climb(3) } if ARGV.first == "on"
  RUBY
  STRETCHES = 20

  def test_stretches_and_summary
    assert record(write_program("climbing.rb", CLIMBING)).status.success?
    assert_stretches
    assert_summary
  end

  def test_killed
    record(write_program("climbing.rb", CLIMBING), "on") do |pid, _input, output|
      output.gets
      Process.kill(:KILL, pid)
    end
    checked_events
    assert_stretches
    assert_summary
  end

  private

  def print(*words)
    printed = Command.run(CTRACE, "print", *words, in_folder("trace"))
    assert_equal "exit 0", printed.ending, printed.to_s
    printed.out
  end

  # The whole print, cut before each step.
  def whole
    @whole ||= print("--json").lines.slice_when { |_, line| line.include?('"event":"step"') }.to_a
  end

  def assert_stretches
    first = whole.size - STRETCHES
    [0, 1, first, *Array.new(STRETCHES) { rand(first) }].each do |step|
      # Step 0 has what comes before it, too.
      expected = whole[step.zero? ? 0 : step + 1, step.zero? ? 5 : 4].join
      assert_equal expected, print("--json", "--steps", "#{step}..#{step + 3}"), "at #{step}"
    end
  end

  def assert_summary
    lines = print("--events").lines
    summary = print("--summary")
    counts = { "steps" => "step", "calls" => "call" }.map do |label, kind|
      [label, summary[/^#{label} +(\d+)/, 1].to_i, lines.count { |line| line =~ /\A *#{kind} / }]
    end
    counts.each { |label, told, counted| assert_equal counted, told, label }
    climbs = lines.count { |line| line =~ /\A *call Climber#climb/ }
    assert_match(/^called most +#{climbs}  Climber#climb$/, summary)
  end
end
