# frozen_string_literal: true

# Where the instructions of a recorded workload go: in the program's process, with everything of its
# own recorded, beside what it takes when it is not recorded.
#
# Used by workloads.rb --profile. Needs valgrind.
require "rbconfig"
require "tmpdir"
require_relative "callgrind_file"

module Bench
  class WorkloadProfile
    MILLION = 1e6
    # What is counted, by the functions that do nothing else.
    COPIES = %w[rec_snapshot_append].freeze
    SECRETS = %w[ct_secret_find ct_secret_mask].freeze
    CODE = %w[rec_script_compiled].freeze
    ROW = "%8.0f M  %s\n"

    # Lines of text.
    def self.text(name)
      new(name).text
    end

    def initialize(name)
      @name = name
    end

    def text
      plain = profile(RbConfig.ruby, Workloads.path(@name)) { |program, _| program.total }
      recorded, parts, writer = recorded_parts
      "#{@name}, instructions:\n" + format(ROW, plain / MILLION, "plain") +
        format(ROW, recorded / MILLION, "recorded, of which") +
        parts.map { |what, count| format(ROW, count / MILLION, what) }.join +
        format(ROW, writer / MILLION, "in the writer, beside it")
    end

    private

    def recorded_parts
      words = [Workloads::COMMAND, "--quiet", "-o", "trace", *Workloads::EVERYTHING]
      profile(RbConfig.ruby, *words, Workloads.path(@name)) do |program, writer|
        [program.total, parts(program), writer.total]
      end
    end

    def parts(program)
      copies, secrets, code = [COPIES, SECRETS, CODE].map do |functions|
        functions.sum { |function| program.inclusive(function) }
      end
      lines = CallgrindFile::HOOKS.map { |hook| program.inclusive(hook) }.max +
              program.inclusive(CallgrindFile::SHORTCUT)
      { "  lines, calls and returns" => lines, "    copies of values in them" => copies,
        "    texts looked through for secrets" => secrets, "  code that was loaded" => code }
    end

    # The block gets the program's file and the writer's, if there is one.
    def profile(*words)
      Dir.mktmpdir("bench-") do |folder|
        words = words.map { |word| word == "trace" ? File.join(folder, word) : word }
        files = CallgrindFile.all_of(folder, *words)
        writers, programs = files.partition(&:writer?)
        yield programs.max_by(&:total), writers.first
      end
    end
  end
end
