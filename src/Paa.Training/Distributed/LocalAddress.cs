using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Paa.Training.Distributed;

/// <summary>The address under which the other machines of a job reach this one.</summary>
/// <remarks>Not what the host name resolves to: on many systems that is 127.0.1.1.</remarks>
static class LocalAddress
{
    /// <summary>PyTorch's variable that names the network interface.</summary>
    public const string InterfaceVariable = "GLOO_SOCKET_IFNAME";

    /// <summary>The address of the interface that the user names, or else of the one that leads to the master.</summary>
    /// <exception cref="DistributedException">There is none.</exception>
    public static string Find(Placement placement)
    {
        if (Environment.GetEnvironmentVariable(InterfaceVariable) is { Length: > 0 } name)
            return OfInterface(name) ?? throw new DistributedException($"{InterfaceVariable} is {name}: this machine has no such interface with an address.");
        if (!placement.HasOtherMachines) return IPAddress.Loopback.ToString();
        return Towards(placement.MasterAddress, placement.MasterPort) ?? FirstOfMachine()
            ?? throw new DistributedException($"This machine has no address that others reach: set {InterfaceVariable} to its network interface.");
    }

    /// <summary>Asks the routing table; nothing is sent.</summary>
    static string? Towards(string host, int port)
    {
        try
        {
            using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(host, port);
            var address = ((IPEndPoint)socket.LocalEndPoint!).Address;
            if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
            return IPAddress.IsLoopback(address) ? null : address.ToString();
        }
        catch (SocketException)
        {
            return null;
        }
    }

    static string? OfInterface(string name) => Addresses(card => card.Name == name).FirstOrDefault();

    static string? FirstOfMachine() => Addresses(card => card.OperationalStatus == OperationalStatus.Up
        && card.NetworkInterfaceType != NetworkInterfaceType.Loopback).FirstOrDefault();

    static IEnumerable<string> Addresses(Func<NetworkInterface, bool> filter) => NetworkInterface.GetAllNetworkInterfaces().Where(filter)
        .SelectMany(card => card.GetIPProperties().UnicastAddresses)
        .Select(entry => entry.Address)
        .Where(address => address.AddressFamily == AddressFamily.InterNetwork)
        .Select(address => address.ToString());
}
