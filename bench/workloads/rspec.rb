# frozen_string_literal: true

# rspec runs 30 examples.
#
# Blocks that become methods and classes. It is a workload of workloads.rb.
require_relative "workload"
require "stringio"
require "rspec/core"
require "rspec/expectations"

RSpec.describe Array do
  10.times do |size|
    context "of #{size} items" do
      subject(:list) { Array.new(size) { |i| i * i } }

      it("has them all") { expect(list.size).to eq(size) }
      it("is in order") { expect(list).to eq(list.sort) }
      it("is as large as its last") { expect(list.max.to_i).to be <= size * size }
    end
  end
end

Workload.run { RSpec::Core::Runner.run([], StringIO.new, StringIO.new) }
