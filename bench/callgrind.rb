# frozen_string_literal: true

# One program under callgrind: instructions a line, of which function.
#
# Used by instructions.rb and profile.rb. A count does not depend on what else the machine does.
# Needs valgrind.
require "json"
require "rbconfig"
require "tmpdir"
require_relative "callgrind_file"
require_relative "catalogue"
require_relative "trial"

module Bench
  class Instructions
    DEFAULT = %w[locals_5 locals_20 heap_locals own_state call_return_2_args].freeze
    VM_HOOKS = "rb_exec_event_hooks"
    OUR_HOOKS = CallgrindFile::HOOKS
    OUR_SHORTCUT = CallgrindFile::SHORTCUT
    NONE = "-" # not in that process
    LINE_COUNT = "15000"
    # Of our extension and of the VM's way to it.
    HOOK_PARTS = /codetracer_recorder|libctrace|rb_exec_event|exec_hooks|tp_call/.freeze

    # The way of Ruby 3.3 and later, where no line comes by the shortcut.
    BY_HOOKS = { "CODETRACER_RUBY_FORCE_HOOKS" => "1" }.freeze

    def initialize(program, environment = {})
      @program = program
      @environment = environment
    end

    # [[kind, VM and hook, hook, writer], …], instructions a line
    def rows
      %i[hook recorded].map { |kind| [kind, *counts(kind)] }
    end

    # [VM and hook, hook, writer]
    def counts(kind)
      profiles(kind) do |all, writer, lines|
        shortcut = most(all, OUR_SHORTCUT) / lines
        [most(all, VM_HOOKS) / lines + shortcut, most(all, *OUR_HOOKS) / lines + shortcut,
         (writer&.total || 0) / lines].map { |count| count.zero? ? NONE : count }
      end
    end

    # Two lists of [instructions a line, function], the dearest first: of the hook, of the writer.
    def functions(count)
      profiles(:recorded) do |all, writer, lines|
        program = all.max_by { |file| most([file], *OUR_HOOKS, OUR_SHORTCUT) }
        hooks = program.own.select { |_, name| HOOK_PARTS.match?(name) }
        [hooks, writer.own].map do |rows|
          rows.first(count).map { |instructions, name| [instructions / lines, name[%r{[^/]*\z}]] }
        end
      end
    end

    private

    def profiles(kind)
      Dir.mktmpdir("bench-") do |folder|
        all = run(kind, folder)
        lines = JSON.parse(File.read(File.join(folder, "result.json"))).fetch("line_count")
        yield all, all.find(&:writer?), lines
      end
    end

    def run(kind, folder)
      before = { hook: ["-r", EmptyHookBuild.require_library],
                 recorded: [Trial::RECORDER, "--quiet", "-o", File.join(folder, "trace")] }
      environment = { "BENCH_RESULT" => File.join(folder, "result.json") }.merge(@environment)
      CallgrindFile.all_of(folder, RbConfig.ruby, *before.fetch(kind), @program.path, LINE_COUNT,
                           environment: environment)
    end

    # Short-lived children leave profiles, too: the program's is the one that ran them most.
    def most(files, *functions)
      files.flat_map { |file| functions.map { |function| file.inclusive(function) } }.max
    end
  end
end
