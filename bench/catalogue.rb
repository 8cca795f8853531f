# frozen_string_literal: true

# The programs that are measured, in the order of the report, with their arguments.
#
# Used by run.rb. Of the programs under bench/programs that are not here reading.rb reads a trace.
module Bench
  # `options` are the recorder's.
  Program = Struct.new(:name, :file, :arguments, :about, :options) do
    def path
      File.join(__dir__, "programs", "#{file}.rb")
    end
  end

  CATALOGUE = [
    ["empty", "empty", [], "start and end"],
    ["tight_loop_2_locals", "tight_loop_2_locals", [], "2 integers, one changing a line"],
    ["locals_5", "locals_5", [], "5 integers, one changing a line"],
    ["locals_20", "locals_20", [], "20 integers, one changing a line"],
    ["locals_100", "locals_100", [], "100 integers, one changing a line"],
    ["heap_locals", "heap_locals", [], "integer, string, array, hash, object; one changing"],
    ["own_state", "own_state", [], "an object of 3 instance variables, one changing"],
    ["held_kinds", "held_kinds", [], "an object that holds a Regexp, a Proc, a StringScanner, …"],
    ["calls", "calls", [], "160,000 calls of 6 lines"],
    ["call_return_2_args", "call_return_2_args", [], "100,000 calls of 1 line, 2 arguments"],
    ["blocks", "blocks", [], "200,000 blocks of 2 lines"],
    ["blocks_as_calls", "blocks", [], "the same, each a call", %w[--block-frames]],
    ["string_calls", "string_calls", [], "300,000 calls of String's methods in C"],
    ["string_calls_in_c", "string_calls", [], "the same, each a call", %w[--c-calls]],
    ["deep_recursion", "deep_recursion", [], "20 descents through 5,000 frames"],
    ["exceptions", "exceptions", [], "40,000 exceptions through 2 calls"],
    ["string_building", "string_building", [], "a string that grows to a megabyte"],
    ["big_array", "big_array", [], "1,000,000 items, one changing"],
    ["threads_50", "threads_50", [], "50 threads, a loop each"],
    ["vm_doc_loop", "vm_doc_loop", [], "one number divided by all others"],
    ["heavy_work", "heavy_work", %w[2389 44015], "primes by trial division"],
    ["heavy_work_long", "heavy_work", %w[18814 632000], "the same, 14 times as long"],
    ["loop_expressions", "vm_doc_loop", [], "vm_doc_loop with expressions", %w[--expressions]],
    ["work_expressions", "heavy_work", %w[18814 632000], "heavy_work_long with expressions",
     %w[--expressions]],
    ["loop_instructions", "vm_doc_loop", [], "vm_doc_loop with instructions", %w[--instructions]]
  ].map { |row| Program.new(*row).freeze }.freeze
end
