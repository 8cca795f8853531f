# frozen_string_literal: true

# What the limit of depth cuts is never taken for nil: in the trace, in `ctrace print`, in JSON.
#
# By both recorders and in both layouts. The words are those of doc/format/values.md.
require_relative "recorder_case"

class DepthCutTest < RecorderCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  WAYS = { "native_aug26" => [RECORDER, "aug26"], "native_json" => [RECORDER, "json"],
           "pure_json" => [PURE, "json"] }.freeze
  PROGRAM = <<~RUBY
    class Box
      def initialize(one, other)
        @one, @other = one, other
      end
    end
    class Mine < Array
    end
    Single = Struct.new(:x)
    a = [nil, [nil, [nil]], { nil => nil, k: [nil] }, Box.new(nil, [nil]), Mine[nil],
         Single.new(nil)]
    puts a.size
  RUBY
  SHOWN = [
    "[… 6 items]",
    "[nil, [… 2 items], {… 2 pairs}, #<Box #1, 2 fields …>, #<Mine, 1 fields …>, " \
    "#<Single #2, 1 fields …>]",
    "[nil, [nil, [… 1 items]], {nil => nil, :k => [… 1 items]}, " \
    "#<Box #1 @one=nil, @other=[… 1 items]>, Mine[nil], #<Single #2 x=nil>]"
  ].freeze

  WAYS.each do |name, (recorder, profile)|
    SHOWN.each_with_index do |words, depth|
      define_method("test_at_depth_#{depth}_#{name}") do
        trace = in_folder("trace")
        options = ["--profile", profile, "--max-value", "depth=#{depth}"]
        ran = ruby(recorder, "-o", trace, *options, write_program("a.rb", PROGRAM))
        assert ran.status.success?, ran.to_s
        assert_includes text_of("print", trace), " a=#{words}"
        assert_equal words.scan(/\bnil\b/).size, count_nils(trace)
      end
    end
  end

  private

  def text_of(*words)
    Command.run(CTRACE, *words).out.dup.force_encoding(Encoding::UTF_8)
  end

  # In the array's last value.
  def count_nils(trace)
    lines = text_of("print", "--json", trace).lines
    lines.grep(/"a"/).grep(/Array/).last.scan(/"kind":"None"/).size
  end
end
