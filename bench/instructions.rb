# frozen_string_literal: true

# Instructions of the hot path, counted by callgrind:  ruby bench/instructions.rb [NAME...]
#
# A count does not depend on what else the machine does. Shown for each line of a program: all that
# the VM runs for a hook, the recorder's part of it, and what the writer runs for a line. With the
# empty hook for comparison. Needs valgrind; a program takes about a minute.
require "rbconfig"
require "tmpdir"
require_relative "catalogue"
require_relative "trial"

module Bench
  class Instructions
    DEFAULT = %w[locals_5 locals_20 heap_locals call_return_2_args].freeze
    VM_HOOKS = "rb_exec_event_hooks"
    OUR_HOOK = "rec_script_event"
    NONE = "-" # not in that process

    def initialize(program)
      @program = program
    end

    # [[kind, VM and hook, hook, writer], …], instructions a line
    def rows
      %i[hook recorded].map { |kind| [kind, *counts(kind)] }
    end

    private

    def counts(kind)
      Dir.mktmpdir("bench-") do |folder|
        lines = run(kind, folder)
        profiles = Dir.glob(File.join(folder, "callgrind.*"))
        writer = profiles.find { |path| File.foreach(path).grep(/^cmd:.*ct-writer/).any? }
        [most(profiles, VM_HOOKS) / lines, most(profiles, OUR_HOOK) / lines,
         total(writer) / lines].map { |count| count.zero? ? NONE : count }
      end
    end

    # The program's line count.
    def run(kind, folder)
      result = File.join(folder, "result.json")
      before = { hook: ["-r", EmptyHookBuild.require_library],
                 recorded: [Trial::RECORDER, "--quiet", "-o", File.join(folder, "trace")] }
      system({ "BENCH_RESULT" => result }, "valgrind", "--tool=callgrind", "--trace-children=yes",
             "--callgrind-out-file=#{folder}/callgrind.%p", RbConfig.ruby, *before.fetch(kind),
             @program.path, *@program.arguments, out: File::NULL, err: File::NULL, exception: true)
      JSON.parse(File.read(result)).fetch("line_count")
    end

    # Short-lived children leave profiles, too: the program's is the one that ran the function most.
    def most(profiles, function)
      profiles.map { |path| inclusive(path, function) }.max
    end

    # Instructions in a function and what it calls; 0 when it was not called.
    def inclusive(profile, function)
      text = IO.popen(["callgrind_annotate", "--inclusive=yes", profile], err: File::NULL, &:read)
      text[/^ *([\d,]+) \([^)]*\)  [^\n]*:#{function}(?:'\d+)? /, 1].to_s.delete(",").to_i
    end

    def total(profile)
      profile ? File.read(profile)[/^(?:summary|totals): (\d+)/, 1].to_i : 0
    end
  end
end

names = ARGV.empty? ? Bench::Instructions::DEFAULT : ARGV
programs = Bench::CATALOGUE.select { |program| names.include?(program.name) }
abort "bench: no program is called #{names.join(' or ')}" if programs.empty?
puts "instructions a line          VM+hook     hook   writer"
programs.each do |program|
  Bench::Instructions.new(program).rows.each do |kind, *counts|
    puts format("%-20s %-8s %6s %8s %8s", program.name, kind, *counts)
  end
end
