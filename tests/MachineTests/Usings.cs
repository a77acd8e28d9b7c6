global using MachineTests.Harness;
global using SystemTests.Harness;
global using Xunit;

[assembly: AssemblyFixture(typeof(Workshop))]
