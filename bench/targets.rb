# frozen_string_literal: true

# What the recording of each kind of line may cost, beside what it costs.
#
# Used by results.rb on the figures of Comparison. Wall time counts what the machine does for
# others: CPU time is shown beside it. Start, growth and reading have their bounds in their own
# scripts.
require_relative "bound"

module Bench
  # `figure` is a key of the program's figures, or is called with them.
  Target = Struct.new(:about, :program, :max, :unit, :figure)

  module Targets
    OVER_HOOK = ->(it) { it[:added_ns] / it[:hook_added_ns] }
    LONGEST = "heavy_work_long"
    CPU_OVER_HOOK = ->(it) { it[:added_cpu_ns] / it[:hook_added_cpu_ns] }
    ALL = [
      ["a line, 5 integers", "locals_5", 40, "ns", :added_ns],
      ["the same, CPU", "locals_5", 40, "ns", :added_cpu_ns],
      ["the same, times the empty hook", "locals_5", 2, nil, OVER_HOOK],
      ["the same, CPU", "locals_5", 2, nil, CPU_OVER_HOOK],
      ["a line, 20 integers", "locals_20", 70, "ns", :added_ns],
      ["the same, CPU", "locals_20", 70, "ns", :added_cpu_ns],
      ["a line, 5 values of which 4 on the heap", "heap_locals", 130, "ns", :added_ns],
      ["the same, CPU", "heap_locals", 130, "ns", :added_cpu_ns],
      ["a call with its return, 2 arguments and self", "call_return_2_args", 300, "ns", :pair_ns],
      ["the same, CPU", "call_return_2_args", 300, "ns", :pair_cpu_ns],
      ["a loop, times plain Ruby, end to end", "vm_doc_loop", 6, nil, :ratio_end],
      ["20 integers, times plain Ruby, end to end", "locals_20", 12, nil, :ratio_end],
      ["the loop with expressions, the same", "loop_expressions", 25, nil, :ratio_end],
      ["632,000 lines with expressions, the same", "work_expressions", 12, nil, :ratio_end],
      ["bytes a step, heavy_work", "heavy_work", 5, nil, :step_bytes],
      ["632,000 lines, times plain Ruby, end to end", LONGEST, 4, nil, :ratio_end],
      ["the program's memory over plain Ruby", LONGEST, 64, "MiB", :peak_mib],
      ["the writer's memory", LONGEST, 128, "MiB", :writer_mib]
    ].map { |row| Target.new(*row).freeze }.freeze

    module_function

    # A line for each whose program was measured, with the command that repeats it.
    def text(figures)
      lines(figures).map { |target, line| "#{line.chomp}: bench/run.rb #{target.program}\n" }.join
    end

    # Names of the programs that miss one.
    def missed(figures)
      found = lines(figures).select { |_, line| line.include?(Bound::MISSED) }
      found.map { |target, _| target.program }.uniq
    end

    def lines(figures)
      by_name = figures.to_h { |it| [it[:name], it] }
      ALL.select { |target| by_name.key?(target.program) }.map do |target|
        figure = value(target, by_name[target.program])
        [target, Bound.line(target.about, figure, target.max, target.unit)]
      end
    end

    def value(target, figures)
      target.figure.is_a?(Symbol) ? figures[target.figure] : target.figure.call(figures)
    end
    private_class_method :lines, :value
  end
end
