# frozen_string_literal: true

# Blocks as calls where the API records: its option, and what a pause does to an open block.
#
# By both recorders. How blocks begin and end is in test/programs/block_frames.rb and
# test/conformance.
require_relative "api_case"

class BlockFramesRecorderTest < ApiCase
  parallelize_me!

  PAUSED = <<~'RUBY'
    def twice
      yield 1
      yield 2
    end
    def run
      twice do |n|
        CodeTracer.pause if n == 1
        CodeTracer.resume if n == 2
        n
      end
    end
  RUBY

  %w[native pure].each do |name|
    define_method("test_the_option_of_the_api_#{name}") do
      run_program(<<~RUBY)
        CodeTracer.record(out_dir: "t", recorder: "#{name}", block_frames: true, quiet: true) do
          [1, 2].each { |n| n }
        end
        CodeTracer.record(out_dir: "u", recorder: "#{name}", quiet: true) do
          [3].each { |n| n }
        end
      RUBY
      assert_equal "", @run.err
      assert_equal %w[1 2], events("t").scan(/call <block in <top-level>>\(.*, n=Integer:(\d)\)/)
                                       .flatten
      refute_includes events("u"), "call <block"
      assert_equal({ "block_frames" => true, "c_calls" => false, "border_calls" => false,
                     "depth" => nil },
                   facts("t")["calls"])
    end

    define_method("test_a_block_that_ends_in_a_pause_#{name}") do
      run_program(<<~RUBY)
        #{PAUSED}
        CodeTracer.record(out_dir: "t", recorder: "#{name}", block_frames: true, quiet: true) do
          run
        end
      RUBY
      assert_equal "", @run.err
      calls = events("t").lines.grep(/^ *(call|return)/).map { |line| line.strip[/\A\S+ [^(\n]+/] }
      assert_includes calls.join("\n"), <<~TEXT.chomp
        call run
        call twice
        call <block in run>
        return Unwound:"left without a return event"
      TEXT
    end
  end

  private

  def facts(folder)
    JSON.parse(File.read(in_folder("#{folder}/trace_info.json")))
  end
end
