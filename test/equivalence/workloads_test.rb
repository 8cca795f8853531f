# frozen_string_literal: true

# Real libraries do what they do unrecorded, when every line of theirs is recorded.
#
# With the options that reach deepest into the VM. What is not installed is skipped.
require_relative "../recorder/recorder_case"
require_relative "../../bench/workloads"

class WorkloadsTest < RecorderCase
  parallelize_me!

  WAYS = {
    "lines" => [], "blocks_and_c_calls" => %w[--block-frames --c-calls],
    "expressions" => %w[--expressions], "instructions" => %w[--instructions],
    "border" => %w[--border-calls --only-method Workload.*]
  }.freeze

  # Each instruction of them is recorded: of the others that takes minutes.
  SMALL = %w[liquid minitest mustache].freeze

  Bench::Workloads::ALL.each do |name|
    WAYS.each do |way, options|
      next if way == "instructions" && !SMALL.include?(name)

      define_method("test_#{name}_#{way}") { compare(name, options) }
    end
  end

  private

  def compare(name, options)
    program = Bench::Workloads.path(name)
    plain = ruby(program)
    skip "not installed: #{plain.err[/cannot load such file -- .*/]}" if plain.err[/cannot load/]
    everything = options.include?("--border-calls") ? [] : Bench::Workloads::EVERYTHING
    recorded = Command.run(Bench::Workloads::COMMAND, "--quiet", "-o", in_folder("trace"),
                           *everything, *options, program)
    assert_equal plain.out, recorded.out, recorded.to_s
    assert recorded.status.success?, recorded.to_s
    verified = Command.run(CTRACE, "verify", in_folder("trace"))
    assert verified.status.success?, verified.to_s
  end
end
