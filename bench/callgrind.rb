# frozen_string_literal: true

# One program under callgrind: instructions a line, of which function.
#
# Used by instructions.rb and profile.rb. A count does not depend on what else the machine does.
# Needs valgrind.
require "json"
require "rbconfig"
require "tmpdir"
require_relative "catalogue"
require_relative "trial"

module Bench
  class Instructions
    DEFAULT = %w[locals_5 locals_20 heap_locals own_state call_return_2_args].freeze
    VM_HOOKS = "rb_exec_event_hooks"
    OUR_HOOK = "rec_script_event"
    OUR_SHORTCUT = "rec_shortcut_event_flags" # lines that need no hook
    NONE = "-" # not in that process
    LINE_COUNT = "15000"
    # Of our extension and of the VM's way to it.
    HOOK_PARTS = /codetracer_recorder|libctrace|rb_exec_event|exec_hooks|tp_call/.freeze
    FUNCTION = %r{^\ *([\d,]+)\ \([^)]*\)\ \ (\S+:\S+)(?:\ \[(\S+)\])?$}x.freeze
    INCLUSIVE = '^ *([\d,]+) \([^)]*\)  [^\n]*:%s(?:\'\d+)? '

    def initialize(program)
      @program = program
    end

    # [[kind, VM and hook, hook, writer], …], instructions a line
    def rows
      %i[hook recorded].map { |kind| [kind, *counts(kind)] }
    end

    # [VM and hook, hook, writer]
    def counts(kind)
      profiles(kind) do |all, writer, lines|
        shortcut = most(all, OUR_SHORTCUT) / lines
        [most(all, VM_HOOKS) / lines + shortcut, most(all, OUR_HOOK) / lines + shortcut,
         total(writer) / lines].map { |count| count.zero? ? NONE : count }
      end
    end

    # Two lists of [instructions a line, function], the dearest first: of the hook, of the writer.
    def functions(count)
      profiles(:recorded) do |all, writer, lines|
        program = all.max_by { |path| inclusive(path, OUR_HOOK) + inclusive(path, OUR_SHORTCUT) }
        hooks = own(program, lines).select { |_, name| HOOK_PARTS.match?(name) }
        [hooks, own(writer, lines)].map do |rows|
          rows.first(count).map { |instructions, name| [instructions, name[%r{[^/]*\z}]] }
        end
      end
    end

    private

    def profiles(kind)
      Dir.mktmpdir("bench-") do |folder|
        lines = run(kind, folder)
        all = Dir.glob(File.join(folder, "callgrind.*"))
        yield all, all.find { |path| File.foreach(path).grep(/^cmd:.*ct-writer/).any? }, lines
      end
    end

    # The program's line count.
    def run(kind, folder)
      result = File.join(folder, "result.json")
      before = { hook: ["-r", EmptyHookBuild.require_library],
                 recorded: [Trial::RECORDER, "--quiet", "-o", File.join(folder, "trace")] }
      system({ "BENCH_RESULT" => result }, "valgrind", "--tool=callgrind", "--trace-children=yes",
             "--callgrind-out-file=#{folder}/callgrind.%p", RbConfig.ruby, *before.fetch(kind),
             @program.path, LINE_COUNT, out: File::NULL, err: File::NULL, exception: true)
      JSON.parse(File.read(result)).fetch("line_count")
    end

    # Short-lived children leave profiles, too: the program's is the one that ran the function most.
    def most(profiles, function)
      profiles.map { |path| inclusive(path, function) }.max
    end

    # Instructions in a function and what it calls; 0 when it was not called. Where the sources lie
    # below the working folder, callgrind_annotate leaves out what was inlined from other files.
    def inclusive(profile, function)
      found = annotate(profile, "--inclusive=yes")[/#{format(INCLUSIVE, function)}/, 1]
      found.to_s.delete(",").to_i
    end

    # [[instructions a line, function], …], the dearest first. A library without symbols is one.
    def own(profile, lines)
      found = annotate(profile, "--auto=no").scan(FUNCTION)
      named = found.group_by { |_, name, object| name.start_with?("???:0x") ? object : name }
      sums = named.map { |name, rows| [rows.sum { |row| row[0].delete(",").to_i } / lines, name] }
      sums.sort.reverse
    end

    # Takes longer than to look through what it says.
    def annotate(profile, *options)
      (@annotated ||= {})[[profile, options]] ||=
        IO.popen(["callgrind_annotate", *options, profile],
                 chdir: File.dirname(profile), err: File::NULL, &:read)
    end

    def total(profile)
      profile ? File.read(profile)[/^(?:summary|totals): (\d+)/, 1].to_i : 0
    end
  end
end
