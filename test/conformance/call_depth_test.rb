# frozen_string_literal: true

# Programs whose calls begin and end in every way, through both recorders with --depth.
#
# What differs is what ConformanceTest forgives. CALL_DEPTH=all takes every program.
require_relative "../recorder/program_case"
require_relative "differences"

class CallDepthConformanceTest < ProgramCase
  parallelize_me!

  NAMES = %w[
    bank block_jumps call_ends class_bodies define_method ensure_order exceptions fibers handlers
    library_rescues retry_redo_next stack_overflow threads throw_catch uncaught
  ].freeze

  # The pure recorder sees no `class << self` from Ruby 3.4 on, and what runs in it is less deep.
  BODIES = %w[class_bodies define_method singleton_bodies].freeze

  Program.all.each do |program|
    next unless program.repeatable?
    next unless NAMES.include?(program.name) || ENV["CALL_DEPTH"] == "all"

    %w[--depth=1 --depth=2].each do |flag|
      define_method("test_#{program.name}#{flag.tr('-=', '_')}") do
        needs(program)
        skip "singleton_bodies" if BODIES.include?(program.name) && RUBY_VERSION >= "3.4"
        assert_alike(program, flag)
      end
    end
  end
end
