# frozen_string_literal: true

# minitest runs 30 tests.
#
# Methods that are found by their names. It is a workload of workloads.rb.
require_relative "workload"
require "minitest"
require "stringio"

class ListTest < Minitest::Test
  30.times do |size|
    define_method("test_size_#{size}") do
      list = Array.new(size) { |i| i * i }
      assert_equal size, list.size
      assert_equal list.sort, list
      assert_raises(IndexError) { list.fetch(size) }
    end
  end
end

$stdout = StringIO.new # times stand in what it prints
Workload.run { Minitest.run(%w[--seed 1]) ? 1 : 0 }
