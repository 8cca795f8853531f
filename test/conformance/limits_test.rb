# frozen_string_literal: true

# Values at every limit through both recorders: the same events, line by line.
#
# The walk through a value stops for many reasons, and each leaves its mark; these programs hold
# values that meet all of them. The default limits are ConformanceTest's.
require_relative "../recorder/recorder_case"
require_relative "differences"

class LimitsTest < RecorderCase
  parallelize_me!

  PURE = File.join(ROOT, "trace.rb")
  SHAPES = %w[
    depth=0 depth=1 depth=9,items=2 depth=12,nodes=5000 depth=14,nodes=40
    depth=14,items=10000,nodes=10000,bytes=100000
    nodes=1 nodes=2 nodes=3 nodes=7 items=0 items=1 items=3,nodes=9 bytes=0 bytes=1 bytes=199
  ].freeze
  KINDS = %w[depth=0 depth=14,nodes=500 nodes=2 items=1 bytes=3].freeze
  PROGRAMS_AND_LIMITS = { "value_shapes" => SHAPES, "value_kinds" => KINDS,
                          "value_natures" => KINDS, "encodings" => KINDS,
                          "hostile_object" => KINDS, "cyclic_values" => KINDS }.freeze

  PROGRAMS_AND_LIMITS.each do |program, all_limits|
    all_limits.each do |limits|
      define_method("test_#{program}_#{limits}") { check(program, limits) }
    end
  end

  private

  def check(program, limits)
    native, pure = [RECORDER, PURE].map { |recorder| events_of(recorder, program, limits) }
    assert_equal native, pure
  end

  def events_of(recorder, program, limits)
    trace = in_folder(File.basename(recorder))
    words = ["-o", trace, "--profile", "json", "--max-value", limits, "#{program}.rb"]
    run = ruby(recorder, *words, chdir: PROGRAMS)
    assert run.status.success?, run.to_s
    %i[nameless_arguments enumerators c_frames].reduce(checked_events(trace)) do |events, name|
      Differences.send(name, events)
    end
  end
end
