# frozen_string_literal: true

# The extension under valgrind's memcheck: programs of test/programs, recorded, to which it has
# nothing to say, and which end as they do without it.
#
# `make memcheck` runs those of SHORT, MEMCHECK=few those of FEW, MEMCHECK=all every one,
# EXPRESSIONS=1 with --expressions.
# What memcheck says of Ruby itself is listed in ruby.supp. The writer is left out: its tests run
# under AddressSanitizer.
require_relative "../recorder/program_case"

class MemcheckTest < ProgramCase
  parallelize_me!

  SHORT = %w[aliased_changes bank changed_in_place class_bodies core_objects ensure_order fibers
             threads uncaught watched].freeze
  FEW = %w[bank changed_in_place fibers uncaught].freeze
  # What valgrind cannot follow, or makes another program of.
  LEFT_OUT = {
    "gc_stress" => "marks by what unwritten words of the stack hold: so do our answers to them",
    "interleaved_fibers" => "it takes the stack of a fiber in a reused place for freed memory"
  }.freeze
  VALGRIND = ["valgrind", "-q", "--trace-children=yes", "--trace-children-skip=*ct-writer",
              "--suppressions=#{File.join(__dir__, 'ruby.supp')}"].freeze
  LOG_LINES_MAX = 60
  SECONDS_MAX = 900 # --expressions plans in the program, fifty times slower than it would

  chosen = Program.all.reject { |program| LEFT_OUT.key?(program.name) }
  unless ENV["MEMCHECK"] == "all"
    names = ENV["MEMCHECK"] == "few" ? FEW : SHORT
    chosen.select! { |program| names.include?(program.name) }
  end
  chosen.each { |program| define_method("test_#{program.name}") { check(program) } }

  private

  def check(program)
    needs(program)
    plain, = run_program(program)
    checked = run_under_valgrind(program)
    findings = Dir[in_folder("log.*")].flat_map { |path| File.readlines(path) }
    assert_empty findings, -> { findings.first(LOG_LINES_MAX).join }
    assert_equal plain.ending, checked.ending, checked.to_s
    assert_path_exists in_folder("trace"), checked.to_s
  end

  def run_under_valgrind(program)
    words = [*VALGRIND, "--log-file=#{in_folder('log.%p')}", RbConfig.ruby, RECORDER, "--quiet",
             *MODE, "-o", in_folder("trace"), *program.options, program.path, *program.arguments]
    env = CLEAN.merge("TMPDIR" => temporary).merge(program.environment)
    Command.run(*words, chdir: PROGRAMS, stdin: program.stdin, env: env,
                        seconds_max: SECONDS_MAX)
  end
end
