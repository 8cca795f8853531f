# frozen_string_literal: true

# What the figures were measured on: processor, cores, kernel, Ruby. No names of hosts or people.
#
# Used by the reports, since only ratios travel from one machine to another.
require "etc"
require "rbconfig"

module Bench
  module Machine
    module_function

    # { label => text }
    def description
      { "processor" => "#{processor}, #{Etc.nprocessors} cores online", "memory" => memory,
        "kernel" => "#{Etc.uname[:sysname]} #{Etc.uname[:release][/\A\d+\.\d+/]}",
        "ruby" => RUBY_DESCRIPTION, "ruby's compiler" => RbConfig::CONFIG["CC_VERSION_MESSAGE"].to_s
          .lines.first.to_s.strip }
    end

    # Others at work on the machine make every figure worse.
    def load_average
      File.read("/proc/loadavg").split.first(3).join(" ")
    rescue SystemCallError
      "unknown"
    end

    def processor
      File.read("/proc/cpuinfo")[/^model name\s*:\s*(.*)/, 1] || RbConfig::CONFIG["host_cpu"]
    rescue SystemCallError
      RbConfig::CONFIG["host_cpu"]
    end

    def memory
      kib = File.read("/proc/meminfo")[/^MemTotal:\s+(\d+)/, 1].to_i
      "#{(kib / 1024.0 / 1024).round(1)} GiB"
    rescue SystemCallError
      "unknown"
    end
    private_class_method :processor, :memory
  end
end
