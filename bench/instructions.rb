# frozen_string_literal: true

# Instructions of the hot path, counted by callgrind:  ruby bench/instructions.rb [NAME...]
#
# A count does not depend on what else the machine does. Shown for a line of each program: all that
# the VM runs for a hook, the recorder's part of it, what the writer runs; and the empty hook.
# --check counts the two parts of ours and ends with 1 where one is above bench/budget.json, which
# has a list for each version of Ruby, or where idle.rb finds too much; --budget writes them there.
# NAME_by_hooks is the same program without the shortcut, as on Ruby 3.3 and later.
# A change that makes the hook dearer says so by changing that file. Needs valgrind.
require "json"
require "rbconfig"
require_relative "callgrind"
require_relative "idle"

module Bench
  # What a line may cost, by version of Ruby and program: { "hook" => …, "writer" => … }. A part
  # that has no budget is not checked: that of a writer that waits, as beside exceptions, varies.
  module Budget
    PATH = File.join(__dir__, "budget.json").freeze
    RUBY = RbConfig::CONFIG.values_at("MAJOR", "MINOR").join(".").freeze
    # Addresses differ, so chains in tables do; the writer looks for work while it waits, more often
    # on a busy machine: what is too much is counted again, and the least of it counts.
    TOLERANCE = { "hook" => 1.01, "writer" => 1.03 }.freeze
    TRIES_MAX = 4
    BY_HOOKS = "_by_hooks"

    module_function

    def all
      File.exist?(PATH) ? JSON.parse(File.read(PATH)) : {}
    end

    # Programs that have a budget here.
    def names
      all.fetch(RUBY, {}).keys
    end

    # [the program's name, what it is told] of a row's name
    def run_of(name)
      base = name.delete_suffix(BY_HOOKS)
      [base, base == name ? {} : Instructions::BY_HOOKS]
    end

    # [[name of row, Instructions], …]; true where none is above its budget.
    def check(programs)
      budget = all.fetch(RUBY)
      results = programs.map do |name, instructions|
        least = least_of(instructions, budget.fetch(name))
        show(name, least, budget.fetch(name))
        within?(least, budget.fetch(name))
      end
      results += Idle.check
      puts "#{results.count(true)} passed, #{results.count(false)} failed"
      results.all?
    end

    def count(instructions)
      _, hook, writer = instructions.counts(:recorded)
      { "hook" => hook, "writer" => writer }
    end

    def least_of(instructions, budget)
      found = count(instructions).slice(*budget.keys)
      tries = 1
      until within?(found, budget) || tries == TRIES_MAX
        found = found.merge(count(instructions).slice(*budget.keys)) { |_, *two| two.min }
        tries += 1
      end
      found
    end

    def write(programs)
      counts = programs.to_h { |name, instructions| [name, count(instructions)] }
      mine = (all[RUBY] || {}).merge(counts) { |_, old, new| new.slice(*old.keys) }.sort.to_h
      File.write(PATH, "#{JSON.pretty_generate(all.merge(RUBY => mine).sort.to_h)}\n")
    end

    def enough?(part, count, budget)
      count <= budget.fetch(part) * TOLERANCE.fetch(part)
    end

    def within?(found, budget)
      found.all? { |part, count| enough?(part, count, budget) }
    end

    def show(name, found, budget)
      found.each do |part, count|
        puts format("%-28s %-7s %6d of %6d %s", name, part, count, budget.fetch(part),
                    enough?(part, count, budget) ? "ok" : "MISSED")
      end
    end
    private_class_method :count, :least_of, :enough?, :within?, :show
  end
end

options, names = ARGV.partition { |word| word.start_with?("--") }
abort "bench: no such option: #{options.join(' ')}" unless (options - %w[--check --budget]).empty?
checked = options.include?("--check") ? [] : Bench::Instructions::DEFAULT
checked |= Bench::Budget.names unless options.empty?
names = checked if names.empty?
programs = names.map do |name|
  base, environment = Bench::Budget.run_of(name)
  program = Bench::CATALOGUE.find { |each| each.name == base }
  abort "bench: no program is called #{name}" if program.nil?
  [name, Bench::Instructions.new(program, environment)]
end
if options.include?("--check") && Bench::Budget.names.empty?
  puts "no budget for Ruby #{Bench::Budget::RUBY}; --budget makes one"
  puts "0 passed, 0 failed, 1 skipped"
  exit
end
unless options.empty?
  options.include?("--budget") ? Bench::Budget.write(programs) : exit(Bench::Budget.check(programs))
  exit
end
puts "instructions a line                  VM+hook     hook   writer"
programs.each do |name, instructions|
  instructions.rows.each do |kind, *row|
    puts format("%-28s %-8s %6s %8s %8s", name, kind, *row)
  end
end
