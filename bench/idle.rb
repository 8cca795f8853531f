# frozen_string_literal: true

# What code costs that is not recorded: instructions of the program with a recording that waits for
# its trigger, and with one of another file, over those of a plain run.
#
# Used by instructions.rb --check. The difference between a long run and a short one is compared,
# so that starts do not count. Needs valgrind.
require "rbconfig"
require "tmpdir"
require_relative "trial"

module Bench
  class Idle
    PROGRAM = File.join(__dir__, "programs", "heavy_work.rb").freeze
    LIMITS = %w[4000 8000].freeze # primes up to there
    # recorder's options → the ratio that is allowed
    ALLOWED = {
      %w[--from Order#pay] => 1.02, %w[--on-exception KeyError] => 1.02,
      %w[--only **/measure.rb] => 1.05
    }.freeze

    # Prints a line for each; whether they are within.
    def self.check
      plain = new(nil).work
      ALLOWED.map do |options, allowed|
        ratio = new(options).work.fdiv(plain)
        is_within = ratio <= allowed
        puts format("%-28s %.3f of %.2f times plain %s", options.join(" "), ratio, allowed,
                    is_within ? "ok" : "MISSED")
        is_within
      end
    end

    # nil: plain.
    def initialize(options)
      @options = options
    end

    def work
      short, long = LIMITS.map { |limit| count(limit) }
      long - short
    end

    private

    def count(limit)
      Dir.mktmpdir("bench-") do |folder|
        recorder = @options && [Trial::RECORDER, "--quiet", "-o", File.join(folder, "trace"),
                                *@options]
        system({ "BENCH_RESULT" => File.join(folder, "result.json") }, "valgrind",
               "--tool=callgrind", "--trace-children=yes",
               "--callgrind-out-file=#{folder}/callgrind.%p", RbConfig.ruby, *recorder, PROGRAM,
               limit, "1", out: File::NULL, err: File::NULL, exception: true)
        Dir.glob(File.join(folder, "callgrind.*")).map { |path| total(path) }.max
      end
    end

    # 0 of the writer.
    def total(profile)
      text = File.read(profile)
      text.match?(/^cmd:.*ct-writer/) ? 0 : text[/^(?:summary|totals): (\d+)/, 1].to_i
    end
  end
end
